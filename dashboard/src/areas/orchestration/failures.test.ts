import { expect, it } from 'vitest';
import { failuresOf } from './failures.ts';
import type { Resource } from './stack-parts.tsx';

const resource = (name: string, status: string, more: Partial<Resource> = {}): Resource => ({
  resource_name: name,
  resource_type: 'OS::Heat::TestResource',
  resource_status: status,
  resource_status_reason: '',
  physical_resource_id: '',
  required_by: [],
  updated_time: '2026-01-01T00:00:00Z',
  links: [],
  ...more,
});

it('tells the cause before what failed for it, and nothing of what is well', () => {
  const failures = failuresOf([
    resource('group', 'CREATE_FAILED', { updated_time: '2026-01-01T00:00:09Z' }),
    resource('late', 'CREATE_FAILED', { parent_resource: 'group', updated_time: '2026-01-01T00:00:05Z' }),
    resource('cause', 'CREATE_FAILED', { parent_resource: 'group', updated_time: '2026-01-01T00:00:02Z' }),
    resource('well', 'CREATE_COMPLETE', { parent_resource: 'group' }),
  ]);
  expect(failures.map((one) => [one.resource.resource_name, one.depth])).toEqual([
    ['cause', 1],
    ['late', 1],
    ['group', 0],
  ]);
});

it('ends where names go round', () => {
  const round = [
    resource('a', 'CREATE_FAILED', { parent_resource: 'b' }),
    resource('b', 'CREATE_FAILED', { parent_resource: 'a' }),
  ];
  expect(failuresOf(round)).toHaveLength(2);
});
