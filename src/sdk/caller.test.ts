import { expect, it } from 'vitest';
import { endpointsIn, regionsIn } from './caller.ts';

const at = (region_id: string, host: string, kind = 'public') => ({
  interface: kind,
  region_id,
  url: `https://${host}:8780/container/v1/`,
});
const token = {
  expires_at: '',
  catalog: [
    {
      type: 'container',
      endpoints: [at('north', 'n.test'), at('north', 'n.inside', 'internal'), at('south', 's.test')],
    },
    { type: 'image', endpoints: [at('north', 'n.test')] },
  ],
};

it('finds the regions of a cloud, and where each is', () => {
  expect(regionsIn(token)).toEqual([
    { name: 'north', origin: 'https://n.test:8780' },
    { name: 'south', origin: 'https://s.test:8780' },
  ]);
});

it('takes the endpoints of the region that is wanted alone', () => {
  const endpoints = endpointsIn(token, { interface: 'public', region: 'south' });
  expect(endpoints).toEqual({ container: 'https://s.test:8780/container/v1' });
});
