import { describe, expect, it } from 'vitest';
import { domainOf, parseReference, referenceText } from './reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const full = (text: string, home: string | null = 'home.test') => referenceText(parseReference(text, home));

describe('a name of an image', () => {
  it.each([
    ['busybox', 'home.test/busybox:latest'],
    ['team/app:1.2', 'home.test/team/app:1.2'],
    ['localhost/app', 'localhost/app:latest'],
    ['reg.test:5000/a/b-c__d:V_1', 'reg.test:5000/a/b-c__d:V_1'],
    ['127.0.0.1:5000/app', '127.0.0.1:5000/app:latest'],
    ['[::1]:5000/app', '[::1]:5000/app:latest'],
    [`reg.test/app@${DIGEST}`, `reg.test/app@${DIGEST}`],
    [`app:1@${DIGEST}`, `home.test/app@${DIGEST}`],
  ])('%s means %s', (text, meant) => {
    expect(full(text)).toBe(meant);
    expect(full(meant, null)).toBe(meant);
  });

  it('goes below the path of the default registry', () => {
    expect(full('app:1', 'home.test:5000/mirror')).toBe('home.test:5000/mirror/app:1');
    expect(() => full('app', 'home')).toThrow('no name of an image');
  });

  it('without a registry is refused where there is no default one', () => {
    expect(() => full('busybox', null)).toThrow('containers.defaultRegistry');
  });

  it.each([
    '',
    'UPPER/case/app',
    'app:',
    'app:-x',
    'app@sha256:short',
    'app@md5:0',
    'reg.test/',
    'reg.test//app',
    'reg.test/../app',
    '--help',
    'reg.test/app --flag',
    'reg.test:99999999/app',
    'a:1:2',
    'a'.repeat(256),
  ])('%j is refused', (text) => {
    expect(() => full(text)).toThrow(expect.objectContaining({ kind: 'bad-request' }));
  });

  it('tells its registry', () => {
    expect(['app', 'team/app', 'reg.test/app', 'host:1/app', 'localhost/app'].map(domainOf)).toEqual([
      null,
      null,
      'reg.test',
      'host:1',
      'localhost',
    ]);
  });
});
