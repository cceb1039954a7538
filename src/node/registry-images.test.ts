import { beforeEach, describe, expect, it } from 'vitest';
import { notFound, unavailable } from '#kernel/errors.ts';
import type { Bringing, StoredImage } from '#oci/layer-store.ts';
import type { GetLogin } from '#oci/registry/puller.ts';
import type { Asking } from '#oci/registry/skopeo.ts';
import { DesiredStore } from './desired-store.ts';
import type { PullPolicy } from './protocol.ts';
import { RegistryImages } from './registry-images.ts';
import { imageKey } from './workload-facts.ts';

const REFERENCE = 'registry.test/app:1';
const [OLD, NEW] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
const LOGIN = { username: 'someone', password: 'secret' };
const { signal } = new AbortController();

let memory: DesiredStore;
let here: Set<string>;
let asked: Asking[];
let login: () => Promise<typeof LOGIN | null>;
let images: RegistryImages;

beforeEach(() => {
  memory = new DesiredStore(':memory:');
  here = new Set();
  asked = [];
  login = async () => LOGIN;
  images = new RegistryImages({
    memory,
    getLogin: () => login(),
    layers: { find: (key) => (here.has(key) ? ({ key } as StoredImage) : undefined) },
    puller: {
      resolve: async (asking) => {
        asked.push(asking);
        return NEW;
      },
      source: (_reference, _digest, getLogin: GetLogin) => async (bringing) => {
        await getLogin(bringing.signal);
        return { key: 'pulled' } as StoredImage;
      },
    },
  });
});

const resolve = (pull: PullPolicy, reference = REFERENCE) =>
  images.resolve({ reference, pull }, 'c1', signal);

describe('the pull policy', () => {
  it('always asks the registry, also for what is here', async () => {
    memory.rememberReference(REFERENCE, OLD);
    here.add(imageKey({ digest: OLD }));
    expect(await resolve('always')).toBe(NEW);
    expect(asked).toMatchObject([{ reference: REFERENCE, login: LOGIN }]);
  });

  it('ifnotpresent asks for what is not here alone', async () => {
    expect(await resolve('ifnotpresent')).toBe(NEW);
    expect(await resolve('ifnotpresent')).toBe(NEW); // known, but not pulled yet
    expect(asked).toHaveLength(2);
    here.add(imageKey({ digest: NEW }));
    expect(await resolve('ifnotpresent')).toBe(NEW);
    expect(asked).toHaveLength(2);
  });

  it('never asks nobody', async () => {
    await expect(resolve('never')).rejects.toMatchObject({ kind: 'bad-request' });
    here.add(imageKey({ digest: OLD }));
    memory.rememberReference(REFERENCE, OLD);
    expect(await resolve('never')).toBe(OLD);
    expect(await resolve('never', `registry.test/other@${OLD}`)).toBe(OLD);
    expect(asked).toEqual([]);
  });

  it('knows no reference of an image that was taken away', async () => {
    memory.rememberReference(REFERENCE, OLD);
    memory.forgetImage(imageKey({ digest: OLD }));
    expect(memory.digestOf(REFERENCE)).toBeUndefined();
  });
});

describe('a login', () => {
  it('that control does not give is a reason to try again later, for those who share the pull', async () => {
    const source = images.source({ reference: REFERENCE, digest: NEW, container: 'gone' });
    login = () => Promise.reject(notFound('There is no such container.'));
    const bringing = { signal } as Bringing;
    const unpack = async () => ({}) as StoredImage;
    await expect(source(bringing, unpack)).rejects.toMatchObject({ kind: 'unavailable', retryable: true });
    login = async () => null;
    await expect(source(bringing, unpack)).resolves.toMatchObject({ key: 'pulled' });
  });

  it('is not asked for while control is away, and so the image is not resolved', async () => {
    login = () => Promise.reject(unavailable('Control is away.'));
    await expect(resolve('always')).rejects.toMatchObject({ kind: 'unavailable' });
    expect(asked).toEqual([]);
  });
});
