import { describe, expect, it } from 'vitest';
import { anImage } from '#test/support/node-bench.ts';
import { aContainer } from '#test/support/node-objects.ts';
import { processArgs, workloadSpec } from './containers.ts';
import { progressText } from './images.ts';

const image = { entrypoint: ['/entry'], cmd: ['serve', '-v'] };

describe('what a container runs', () => {
  it.each([
    [null, null, ['/entry', 'serve', '-v']],
    [null, ['shell'], ['/entry', 'shell']],
    [['/mine'], null, ['/mine']],
    [['/mine'], ['x'], ['/mine', 'x']],
    [[], ['x'], ['x']],
    [null, [], ['/entry']],
  ])('entrypoint %j and command %j give %j', (entrypoint, command, args) => {
    expect(processArgs({ entrypoint, command }, image)).toEqual(args);
  });

  it('nothing is refused for good', () => {
    expect(() => processArgs({ entrypoint: null, command: null }, { entrypoint: [], cmd: [] })).toThrow(
      expect.objectContaining({ kind: 'bad-request' }),
    );
  });
});

describe('a workload', () => {
  const { spec } = aContainer('web', {
    environment: { LANG: 'de', X: '1' },
    hosts: [{ address: '10.0.0.5', name: 'web' }],
  });
  const config = { ...anImage.config, user: 'www', workdir: '/srv', stopSignal: 'SIGQUIT' };
  const place = { netns: '/run/netns/web', sourceOf: () => '/somewhere' };
  const made = workloadSpec(spec, { ...anImage, config }, place);
  const text = (path: string) =>
    Buffer.from(made.files.find((file) => file.path === path)?.content ?? '', 'base64').toString();

  it('takes from the image what the user left open', () => {
    expect(made).toMatchObject({
      user: 'www',
      workdir: '/srv',
      stopSignal: 'SIGQUIT',
      netns: '/run/netns/web',
    });
    expect(made.env).toMatchObject({ LANG: 'de', X: '1', HOSTNAME: 'web' });
    expect(workloadSpec({ ...spec, workdir: '/own' }, anImage, place).workdir).toBe('/own');
    expect(workloadSpec(spec, anImage, place)).toMatchObject({
      workdir: '/',
      stopSignal: 'SIGTERM',
      user: '',
    });
  });

  it('knows its own name and its resolver', () => {
    expect(text('/etc/hostname')).toBe('web\n');
    expect(text('/etc/hosts')).toMatch(/^127\.0\.0\.1\tlocalhost\n::1\t.*\n10\.0\.0\.5\tweb\n$/);
    expect(text('/etc/resolv.conf')).toBe('search example.org\nnameserver 10.0.0.2\n');
  });
});

describe('the progress of an image', () => {
  it('is told in words, and never more than all of it', () => {
    expect(progressText({ phase: 'fetch', bytes: 40 }, 100)).toBe('pulling image: 40 %');
    expect(progressText({ phase: 'fetch', bytes: 400 }, 100)).toBe('pulling image: 100 %');
    expect(progressText({ phase: 'fetch', bytes: 4 }, 0)).toBe('pulling image');
    expect(progressText({ phase: 'unpack', layer: 1, layers: 3 }, 9)).toBe('unpacking image: layer 1 of 3');
  });
});
