import { expect, test } from 'vitest';
import { parseImageDocument } from './image-config.ts';

const rootfs = { diff_ids: [] };
const parse = (config: unknown) => parseImageDocument({ rootfs, config }).config;

test('a configuration becomes plain lists and maps', () => {
  const config = parse({
    Entrypoint: ['/init'],
    Cmd: null,
    Env: ['A=1', 'URL=http://x/?a=b', 'EMPTY'],
    WorkingDir: '/srv',
    User: '7:8',
    ExposedPorts: { '80/tcp': {} },
    Volumes: { '/data': {} },
    Labels: { a: 'b' },
    StopSignal: 'SIGINT',
    Healthcheck: { Test: ['CMD', 'true'], Interval: 5e9, Retries: 3 },
    Unknown: 1,
  });
  expect(config).toEqual({
    entrypoint: ['/init'],
    cmd: [],
    env: { A: '1', URL: 'http://x/?a=b', EMPTY: '' },
    workdir: '/srv',
    user: '7:8',
    exposedPorts: ['80/tcp'],
    volumes: ['/data'],
    labels: { a: 'b' },
    stopSignal: 'SIGINT',
    healthcheck: { test: ['CMD', 'true'], interval: 5, timeout: 0, startPeriod: 0, retries: 3 },
  });
});

test('an image that says nothing has empty values', () => {
  expect(parse(null)).toEqual(parse({}));
  expect(parse({})).toMatchObject({ entrypoint: [], cmd: [], env: {}, user: '', healthcheck: null });
});

test.each([
  ['no object', 'text', /invalid at \//],
  ['no layers', {}, /invalid at .*rootfs/],
  ['a layer that is no digest', { rootfs: { diff_ids: ['sha256:x'] } }, /invalid at \/rootfs\/diff_ids\/0/],
  ['a command that is text', { rootfs, config: { Cmd: 'sh' } }, /invalid at \/config/],
  ['a label that is no text', { rootfs, config: { Labels: { a: 1 } } }, /invalid at \/config/],
])('a document with %s is refused', (_, document, message) => {
  expect(() => parseImageDocument(document)).toThrow(message);
});
