import { expect, it } from 'vitest';
import { isOriginAllowed } from './origin.ts';

it.each([
  [{ host: 'cloud.test:8080' }, true],
  [{ host: 'cloud.test:8080', origin: 'http://cloud.test:8080' }, true],
  [{ host: 'cloud.test:8080', origin: 'http://cloud.test' }, true],
  [{ host: 'cloud.test:8080', origin: 'https://cloud.test:8080' }, false],
  [{ host: 'cloud.test', origin: 'https://cloud.test', 'x-forwarded-proto': 'https' }, true],
  [{ host: 'cloud.test', origin: 'http://cloud.test', 'x-forwarded-proto': 'https' }, false],
  [{ host: 'cloud.test', origin: 'http://evil.test' }, false],
  [{ host: 'cloud.test', origin: 'https://desk.test' }, true],
  [{ host: 'cloud.test', origin: 'null' }, false],
  [{ host: 'cloud.test', origin: '' }, false],
])('a page that sends %j may open a socket: %s', (headers, allowed) => {
  expect(isOriginAllowed(headers, ['desk.test'])).toBe(allowed);
});
