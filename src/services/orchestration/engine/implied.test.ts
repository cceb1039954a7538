import { expect, it } from 'vitest';
import type { JsonMap } from '../template/json.ts';
import { parseTemplate } from '../template/parse-template.ts';
import { withImplied } from './implied.ts';

const NET = { network: { get_resource: 'net' } };
const of = (type: string, properties: JsonMap = {}) => ({ type: `OS::${type}`, properties });

function needsOf(resources: JsonMap, graph: Readonly<Record<string, readonly string[]>> = {}) {
  const template = parseTemplate({ heat_template_version: '2021-04-16', resources });
  const known = new Map(Object.keys(resources).map((name) => [name, new Set(graph[name])]));
  return Object.fromEntries([...withImplied(template, known)].map(([name, needs]) => [name, [...needs]]));
}
const vpc = (type: string, VpcId = 'vpc') => ({ type: `AWS::EC2::VPC${type}`, properties: { VpcId } });
const table = { type: 'AWS::EC2::RouteTable', properties: { VpcId: 'vpc' } };

it.each<[string, JsonMap, string, readonly string[]]>([
  ['a port, the subnets of its network', { it: of('Neutron::Port', NET) }, 'it', ['subnet']],
  ['a port of another network, none', { it: of('Neutron::Port', { network: 'other' }) }, 'it', []],
  [
    'a container, the subnets of its networks',
    { it: of('Zun::Container', { networks: [NET] }) },
    'it',
    ['subnet'],
  ],
  [
    'a router, those of its way out',
    { it: of('Neutron::Router', { external_gateway_info: NET }) },
    'it',
    ['subnet'],
  ],
  ['a floating IP, the routers’ interfaces', { it: of('Neutron::FloatingIP') }, 'it', ['end']],
  [
    'routes, the interfaces of their router',
    { it: of('Neutron::ExtraRouteSet', { router: 'r' }) },
    'it',
    ['end'],
  ],
  ['a gateway, the route tables of its VPC', { it: vpc('GatewayAttachment'), table }, 'it', ['table']],
  ['a gateway, none of another', { it: vpc('GatewayAttachment', 'other'), table }, 'it', []],
  ['routes, none of another', { it: of('Neutron::ExtraRouteSet', { router: 's' }) }, 'it', []],
])('needs, for %s', (_what, resources, name, needs) => {
  const ground = { subnet: of('Neutron::Subnet', NET), end: of('Neutron::RouterInterface', { router: 'r' }) };
  expect(needsOf({ net: of('Neutron::Net'), ...ground, ...resources })[name]).toEqual(needs);
});

it('closes no circle', () => {
  const resources = {
    port: of('Neutron::Port', NET),
    subnet: of('Neutron::Subnet', NET),
    net: of('Neutron::Net'),
  };
  expect(needsOf(resources, { subnet: ['port'] })).toEqual({ port: [], subnet: ['port'], net: [] });
});
