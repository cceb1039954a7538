import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { newUuid } from '#kernel/ids.ts';
import type { OpenStackAccess } from '#src/openstack/cloud-entry.ts';

interface Answer {
  readonly status: number;
  readonly answer?: unknown;
  readonly headers?: Record<string, string>;
}

export type Thing = { id: string; name: string; tags: string[] } & Record<string, unknown>;

class Refusal extends Error {
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string) {
    super(`The fake refuses: ${type}`);
    this.status = status;
    this.type = type;
  }
}

const COLLECTIONS = [
  'networks',
  'subnets',
  'subnetpools',
  'ports',
  'security-groups',
  'security-group-rules',
];
const PROJECT = 'a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4';

/** Keystone and Neutron in memory, as far as Kuryr sees them; its objects can be read and made by tests. */
export class FakeNeutron implements AsyncDisposable {
  readonly things = new Map<string, Thing[]>(COLLECTIONS.map((name) => [name, []]));
  /** Every call of the API, oldest first: `POST /ports`. */
  readonly calls: string[] = [];
  /** Calls that are refused once, by their beginning: `POST /ports`. */
  readonly failures = new Map<string, number>();
  readonly extensions = ['subnet_allocation', 'standard-attr-tag'];
  /** Tokens that are taken; cleared, everybody has to sign in again. */
  readonly tokens = new Set<string>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<FakeNeutron> {
    const server = createServer();
    const fake = new FakeNeutron(server);
    server.on('request', (request, response) => void fake.#respond(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await json(request).catch(() => undefined);
    const token = request.headers['x-auth-token'];
    const { status, answer, headers } = this.#answer(request.method ?? '', request.url ?? '', body, token);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(answer === undefined ? undefined : JSON.stringify(answer));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get access(): OpenStackAccess {
    return { authUrl: `${this.url}/identity`, auth: {}, region: null, interface: 'public' };
  }

  /** As a user makes it, past the API. */
  make(collection: string, attributes: object): Thing {
    return this.#create(collection, attributes as Record<string, unknown>);
  }

  all(collection: string): Thing[] {
    return this.things.get(collection) ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  // oxlint-disable-next-line max-params -- what a request has
  #answer(method: string, url: string, body: unknown, token: unknown): Answer {
    if (url.startsWith('/identity')) return this.#signIn();
    if (typeof token !== 'string' || !this.tokens.has(token))
      return { status: 401, answer: { error: { message: 'no token' } } };
    const { pathname, searchParams } = new URL(url, this.url);
    const path = pathname.replace('/network/v2.0', '');
    this.calls.push(`${method} ${path}`);
    try {
      return this.#serve(method, path, searchParams, body as Record<string, Record<string, unknown>>);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      const answer = { NeutronError: { type: thrown.type, message: thrown.message, detail: '' } };
      return { status: thrown.status, answer };
    }
  }

  #signIn() {
    const token = newUuid();
    this.tokens.add(token);
    const endpoints = [{ interface: 'public', region_id: 'RegionOne', url: `${this.url}/network` }];
    return {
      status: 201,
      headers: { 'x-subject-token': token },
      answer: {
        token: {
          expires_at: '2999-01-01T00:00:00.000000Z',
          project: { id: PROJECT },
          catalog: [{ type: 'network', endpoints }],
        },
      },
    };
  }

  // oxlint-disable-next-line max-params -- what a request has
  #serve(
    method: string,
    path: string,
    query: URLSearchParams,
    body: Record<string, Record<string, unknown>>,
  ) {
    for (const [start, status] of this.failures)
      if (`${method} ${path}`.startsWith(start)) {
        this.failures.delete(start);
        throw new Refusal(status, 'Injected');
      }
    if (path === '/extensions')
      return { status: 200, answer: { extensions: this.extensions.map((alias) => ({ alias })) } };
    const [, collection = '', id, , tag] = path.split('/').map(decodeURIComponent);
    const [plural, singular] = [
      collection.replaceAll('-', '_'),
      collection.replaceAll('-', '_').slice(0, -1),
    ];
    const given = body?.[singular] ?? {};
    if (id === undefined)
      return method === 'POST'
        ? { status: 201, answer: { [singular]: this.#create(collection, given) } }
        : {
            status: 200,
            answer: { [plural]: this.all(collection).filter((thing) => matches(thing, query)) },
          };
    const thing = this.all(collection).find((one) => one.id === id);
    if (!thing) throw new Refusal(404, 'NotFound');
    if (tag !== undefined) return this.#tag(method, thing, tag);
    if (method === 'DELETE') return this.#delete(collection, thing);
    if (method === 'PUT') this.#update(collection, thing, given);
    return { status: 200, answer: { [singular]: thing } };
  }

  #tag(method: string, thing: Thing, tag: string) {
    const had = thing.tags.includes(tag);
    thing.tags = thing.tags.filter((one) => one !== tag);
    if (method === 'DELETE' && !had) throw new Refusal(404, 'TagNotFound');
    if (method === 'PUT') thing.tags.push(tag);
    return { status: method === 'PUT' ? 201 : 204, answer: undefined };
  }

  #create(collection: string, given: Record<string, unknown>): Thing {
    const made: Thing = { id: newUuid(), name: '', tags: [], project_id: PROJECT, shared: false, ...given };
    if (collection === 'networks') Object.assign(made, { mtu: 1450, 'router:external': false });
    if (collection === 'subnets') this.#completeSubnet(made);
    if (collection === 'ports') this.#completePort(made);
    this.all(collection).push(made);
    return made;
  }

  #completeSubnet(subnet: Thing): void {
    const cidr = String(subnet['cidr']);
    const defaults = { gateway_ip: cidr.replace(/0?\/.*/, '1'), subnetpool_id: null, host_routes: [] };
    for (const [key, value] of Object.entries(defaults)) subnet[key] ??= value;
    const isTaken = this.all('subnets').some(
      (other) =>
        other['cidr'] === cidr &&
        subnet['subnetpool_id'] &&
        other['subnetpool_id'] === subnet['subnetpool_id'],
    );
    if (isTaken) throw new Refusal(409, 'SubnetPoolInUse');
  }

  #completePort(port: Thing): void {
    const defaults = { mac_address: 'fa:16:3e:00:00:01', status: 'DOWN', security_groups: ['default'] };
    const empty = { device_id: '', device_owner: '', 'binding:host_id': '', admin_state_up: true };
    for (const [key, value] of Object.entries({ ...defaults, ...empty })) port[key] ??= value;
    port['fixed_ips'] = this.#allocate(port);
  }

  #allocate(port: Thing): FixedIp[] {
    const taken = this.all('ports')
      .filter((other) => other !== port)
      .flatMap((other) => other['fixed_ips'] as FixedIp[]);
    const wanted = (port['fixed_ips'] ?? []) as { subnet_id: string; ip_address?: string }[];
    return wanted.map(({ subnet_id, ip_address }) => {
      const subnet = this.all('subnets').find(({ id }) => id === subnet_id);
      const isTaken = (address: string) =>
        taken.some((ip) => ip.subnet_id === subnet_id && ip.ip_address === address);
      if (ip_address !== undefined && isTaken(ip_address)) throw new Refusal(409, 'IpAddressInUse');
      const base = String(subnet?.['cidr']).replace(/0?\/.*/, '');
      const free = Array.from({ length: 90 }, (_, at) => `${base}${at + 10}`).find((one) => !isTaken(one));
      return { subnet_id, ip_address: ip_address ?? free ?? '' };
    });
  }

  #update(collection: string, thing: Thing, changes: Record<string, unknown>): void {
    Object.assign(thing, changes);
    if (collection === 'ports' && changes['fixed_ips']) thing['fixed_ips'] = this.#allocate(thing);
  }

  #delete(collection: string, { id }: Thing) {
    const ports = this.all('ports');
    const inUse =
      (collection === 'networks' && ports.some((port) => port['network_id'] === id)) ||
      (collection === 'subnets' &&
        ports.some((port) => (port['fixed_ips'] as FixedIp[]).some((ip) => ip.subnet_id === id))) ||
      (collection === 'subnetpools' && this.all('subnets').some((one) => one['subnetpool_id'] === id));
    if (inUse) throw new Refusal(409, 'InUse');
    const left = this.all(collection).filter((one) => one.id !== id);
    this.things.set(collection, left);
    if (collection === 'networks')
      this.things.set(
        'subnets',
        this.all('subnets').filter((one) => one['network_id'] !== id),
      );
    return { status: 204, answer: undefined };
  }
}

interface FixedIp {
  subnet_id: string;
  ip_address: string;
}

function matches(thing: Thing, query: URLSearchParams): boolean {
  return [...new Set(query.keys())].every((key) => {
    const values = query.getAll(key);
    if (key === 'tags')
      return values.flatMap((one) => one.split(',')).every((tag) => thing.tags.includes(tag));
    if (key === 'fixed_ips')
      return (thing['fixed_ips'] as FixedIp[]).some((ip) =>
        values.every((pair) => ip[pair.split('=')[0] as keyof FixedIp] === pair.slice(pair.indexOf('=') + 1)),
      );
    return values.includes(String(thing[key]));
  });
}
