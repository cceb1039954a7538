import type { Agent } from 'node:http';
import { isIP } from 'node:net';
import type Docker from 'dockerode';
import { checkedLookup, hostIn, rangeOf } from '#kernel/addresses.ts';
import { badRequest, CloudError } from '#kernel/errors.ts';
import { lazily } from '#kernel/lazily.ts';

const library = lazily(async () => (await import('dockerode')).default);
const LOCAL = 'unix:///var/run/docker.sock';
const PORTS: Readonly<Record<string, number>> = { http: 2375, tcp: 2375, https: 2376 };

/** What is not some other machine: loopback, this network, whoever is on the same cable, nobody. */
const OWN_RANGES = ['loopback', 'linkLocal', 'unspecified', 'multicast', 'broadcast'];

/** Docker Engines that stacks may use. Those of control's own machine only where the operator lists them, as templates write them. */
export class DockerEngines {
  readonly #allowed: ReadonlySet<string>;

  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed);
  }

  /**
   * The one at an endpoint: `tcp://host:2375`, `http://…`, `https://…` or `unix:///…`; the machine's own for none.
   * @throws CloudError `bad-request` for one that is not offered; where a name leads is looked at when it is connected to
   */
  async at(endpoint = LOCAL): Promise<Docker> {
    const address = addressOf(endpoint);
    const isListed = this.#allowed.has(endpoint);
    if (!isListed && (address.socketPath !== undefined || isOwn(address.host ?? '')))
      throw badRequest(
        `The docker_endpoint "${endpoint}" is of the cloud's own machine: it is used only where orchestration.dockerEndpoints of the configuration lists it.`,
      );
    const DockerClient = await library();
    return new DockerClient({ ...address, ...(!isListed && { agent: await guarded(address.protocol) }) });
  }
}

const isOwn = (host: string): boolean =>
  host === 'localhost' ||
  host.endsWith('.localhost') ||
  (isIP(host) > 0 && OWN_RANGES.includes(rangeOf(host)));

/** Connections that go where names lead, unless that is to the machine itself. */
async function guarded(protocol: Docker.DockerOptions['protocol']): Promise<Agent> {
  const { Agent: Guarded } = await (protocol === 'https' ? import('node:https') : import('node:http'));
  return new Guarded({ lookup: checkedLookup((address) => !isOwn(address)) });
}

function addressOf(endpoint: string): Docker.DockerOptions {
  if (endpoint.startsWith('unix://')) return { socketPath: endpoint.slice('unix://'.length) };
  const url = URL.parse(endpoint.includes('://') ? endpoint : `tcp://${endpoint}`);
  const scheme = url?.protocol.slice(0, -1) ?? '';
  const port = PORTS[scheme];
  if (!url || port === undefined || url.hostname === '')
    throw badRequest(`Invalid docker_endpoint "${endpoint}": tcp, http, https or unix is expected.`);
  const protocol = scheme === 'https' ? 'https' : 'http';
  // As web addresses are read: `127.1` and `2130706433` are 127.0.0.1.
  const host = hostIn(new URL(`${protocol}://${url.host}`));
  return { protocol, host, port: Number(url.port) || port };
}

/** What Docker refuses, in its words; a daemon that nobody reaches may be there later. */
export async function asked<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (thrown) {
    throw asCloudError(thrown);
  }
}

const KINDS: Readonly<Record<number, CloudError['kind']>> = {
  400: 'bad-request',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
};

function asCloudError(thrown: unknown): CloudError {
  const {
    statusCode,
    json,
    message = 'Docker failed.',
  } = thrown as {
    readonly statusCode?: number;
    readonly json?: { readonly message?: string };
    readonly message?: string;
  };
  const text = json?.message ?? message.replace(/^\(HTTP code \d+\) [^-]* - /, '');
  if (statusCode === undefined)
    return new CloudError('unavailable', `Docker cannot be reached: ${text}`, { cause: thrown });
  return new CloudError(KINDS[statusCode] ?? 'internal', text, { cause: thrown });
}
