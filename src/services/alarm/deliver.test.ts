import { expect, it } from 'vitest';
import type { StoredCtx } from '#kernel/context.ts';
import { createDeliver } from './deliver.ts';

const OWNER: StoredCtx = {
  requestId: 'req-1',
  user: { id: 'alice', name: 'alice', domain: { id: 'd', name: 'd' } },
  project: null,
  roles: ['member'],
  isAdmin: false,
};

function rig() {
  const inside: { url: string; as: StoredCtx | null; body: unknown }[] = [];
  const send = async ({ url, ...call }: { url: URL; as: StoredCtx | null; body: unknown }) =>
    void inside.push({ url: url.href, ...call });
  const deliver = createDeliver({ send }, 'https://cloud.test:8443/x');
  const to = (url: string, as: StoredCtx | null = null) =>
    deliver({ url: new URL(url), as, body: { current: 'alarm' } }, AbortSignal.timeout(5_000));
  return { inside, to };
}

it('what is for this cloud goes to it from within, with the rights that it was given', async () => {
  const { inside, to } = rig();
  await to('https://cloud.test:8443/orchestration/v1/signal?Signature=s');
  await to('https://cloud.test:8443/orchestration/v1/p/signal', OWNER);
  expect(inside).toEqual([
    {
      url: 'https://cloud.test:8443/orchestration/v1/signal?Signature=s',
      as: null,
      body: { current: 'alarm' },
    },
    { url: 'https://cloud.test:8443/orchestration/v1/p/signal', as: OWNER, body: { current: 'alarm' } },
  ]);
});

it('nobody else is given the rights of an owner', async () => {
  const { inside, to } = rig();
  await expect(to('https://cloud.test/orchestration', OWNER)).rejects.toThrow(
    'Only an address of this cloud',
  );
  expect(inside).toEqual([]);
});

it.each([
  'http://127.0.0.1:1/',
  'http://127.1/',
  'http://2130706433/',
  'http://localhost/',
  'http://0.0.0.0/',
  'http://169.254.169.254/latest/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[fe80::1]/',
])('nothing is sent to %s', async (url) => {
  await expect(rig().to(url)).rejects.toThrow('Nothing is sent to');
});
