import { expect, it } from 'vitest';
import { allTypes } from './all-types.ts';
import { ResourceTypes } from './registry.ts';

const types = new ResourceTypes(allTypes({ dockerEndpoints: [] }));

it('knows each type by one name', () => {
  expect(types.all).toHaveLength(allTypes({ dockerEndpoints: [] }).length);
});

it.each([
  ['AWS::EC2::Instance', 'nova'],
  ['OS::Heat::ScaledResource', 'nova'],
  ['OS::Octavia::LoadBalancer', 'octavia'],
])('says of %s that %s is not there', (name, service) => {
  expect(() => types.get(name)).toThrow(
    expect.objectContaining({
      kind: 'bad-request',
      code: 'ResourceTypeUnavailable',
      message: expect.stringContaining(`Service ${service} is not available for resource type ${name}`),
    }) as Error,
  );
});

it('says of what nobody ever heard of that it could not be found', () => {
  expect(() => types.get('OS::No::Such')).toThrow('The Resource Type (OS::No::Such) could not be found.');
});
