import { expect, it } from 'vitest';
import type { Resource } from '../model/resource.ts';
import { testResource } from '../resources/heat/test-resource.ts';
import { decide } from './decide.ts';
import type { Wish } from './wish.ts';

const wish = { type: testResource, properties: { value: 'x' }, metadata: {} } as unknown as Wish;
const row = (more: Partial<Resource>) =>
  ({
    madeBy: testResource.name,
    action: 'CREATE',
    status: 'COMPLETE',
    physicalId: 'one',
    properties: { value: 'x' },
    metadata: {},
    ...more,
  }) as Resource;

it('keeps what is as it should be', () => {
  expect(decide(row({}), wish).step).toBe('keep');
});

it.each(['IN_PROGRESS', 'FAILED'] as const)('makes another of what was being taken away: %s', (status) => {
  expect(decide(row({ action: 'DELETE', status }), wish).step).toBe('replace');
});

it('makes another stack in place of one that was being taken away', () => {
  const holder = { ...wish, type: { ...testResource, holdsStack: true as const } };
  expect(decide(row({ action: 'DELETE', status: 'IN_PROGRESS' }), holder).step).toBe('replace');
});
