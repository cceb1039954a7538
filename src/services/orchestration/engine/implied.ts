import { Call, type Expression, type ExpressionMap } from '../template/expression.ts';
import type { ResourceDefinition, Template } from '../template/template.ts';

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** What resources of a type need although they do not name it: those of another type that say the same of something. */
interface Rule {
  readonly of: readonly string[];
  readonly needs: readonly string[];
  /** Where each names what both are about: its values have to meet. Without it, all are needed. */
  readonly about?: readonly [of: string, needs: string];
}

const INTERFACES = ['OS::Neutron::RouterInterface', 'OS::Neutron::RouterGateway'];

/** An address is taken from a subnet, a floating IP is reached through a router, a route leads through an interface. */
const RULES: readonly Rule[] = [
  { of: ['OS::Neutron::Port'], needs: ['OS::Neutron::Subnet'], about: ['network', 'network'] },
  {
    of: ['OS::Zun::Container', 'OS::Nova::Server'],
    needs: ['OS::Neutron::Subnet'],
    about: ['networks', 'network'],
  },
  {
    of: ['OS::Neutron::Router'],
    needs: ['OS::Neutron::Subnet'],
    about: ['external_gateway_info', 'network'],
  },
  { of: ['OS::Neutron::RouterGateway'], needs: ['OS::Neutron::Subnet'], about: ['network', 'network'] },
  { of: ['OS::Neutron::FloatingIP'], needs: ['OS::Neutron::Subnet'], about: ['floating_network', 'network'] },
  { of: ['OS::Neutron::FloatingIP', 'OS::Neutron::FloatingIPAssociation'], needs: INTERFACES },
  {
    of: ['AWS::EC2::VPCGatewayAttachment'],
    needs: ['AWS::EC2::RouteTable'],
    about: ['VpcId', 'VpcId'],
  },
  {
    of: ['AWS::EC2::EIPAssociation'],
    needs: ['AWS::EC2::VPCGatewayAttachment', 'AWS::EC2::SubnetRouteTableAssociation'],
  },
  { of: ['OS::Neutron::ExtraRouteSet'], needs: INTERFACES.slice(0, 1), about: ['router', 'router'] },
  { of: ['OS::Neutron::ExtraRoute'], needs: INTERFACES.slice(0, 1), about: ['router_id', 'router'] },
];

/** The graph with what is implied. Nothing is added that would close a circle. */
export function withImplied(template: Template, graph: Graph): Graph {
  const named = [...graph.keys()].flatMap((name) => template.resources.get(name) ?? []);
  const byType = Map.groupBy(named, ({ type }) => type);
  const whole = new Map([...graph].map(([name, needs]) => [name, new Set(needs)]));
  for (const rule of RULES)
    for (const one of rule.of.flatMap((type) => byType.get(type) ?? []))
      for (const other of needed(rule, one, byType))
        if (!leadsTo(whole, other.name, one.name)) whole.get(one.name)?.add(other.name);
  return whole;
}

function needed(
  { needs, about }: Rule,
  one: ResourceDefinition,
  byType: ReadonlyMap<string, readonly ResourceDefinition[]>,
): readonly ResourceDefinition[] {
  const others = needs.flatMap((type) => byType.get(type) ?? []);
  if (!about) return others;
  const said = new Set(valuesIn(propertyOf(one, about[0])));
  return others.filter((other) => valuesIn(propertyOf(other, about[1])).some((value) => said.has(value)));
}

const propertyOf = ({ properties }: ResourceDefinition, name: string): Expression =>
  isPlainMap(properties) ? (properties[name] ?? null) : null;

const isPlainMap = (value: Expression): value is ExpressionMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Call);

/** The texts and calls that a value is made of, each in one spelling. */
function valuesIn(value: Expression): readonly string[] {
  if (value === null) return [];
  if (value instanceof Call) return [JSON.stringify([value.name, value.argument], callsApart)];
  if (Array.isArray(value)) return value.flatMap(valuesIn);
  return isPlainMap(value) ? Object.values(value).flatMap(valuesIn) : [JSON.stringify(value)];
}

const callsApart = (_key: string, value: unknown): unknown =>
  value instanceof Call ? [value.name, value.argument] : value;

function leadsTo(graph: Graph, from: string, to: string): boolean {
  const [seen, open] = [new Set<string>(), [from]];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === to) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(graph.get(name) ?? []));
  }
  return false;
}
