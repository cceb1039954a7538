import type Docker from 'dockerode';
import { badRequest, CloudError } from '#kernel/errors.ts';
import { lazily } from '#kernel/lazily.ts';

const library = lazily(async () => (await import('dockerode')).default);
const LOCAL = 'unix:///var/run/docker.sock';
const PORTS: Readonly<Record<string, number>> = { http: 2375, tcp: 2375, https: 2376 };

/** The Docker Engine at an endpoint: `tcp://host:2375`, `http://…`, `https://…` or `unix:///…`; the machine's own for none. */
export async function daemonAt(endpoint: string | undefined): Promise<Docker> {
  const DockerClient = await library();
  return new DockerClient(addressOf(endpoint ?? LOCAL));
}

function addressOf(endpoint: string): Docker.DockerOptions {
  if (endpoint.startsWith('unix://')) return { socketPath: endpoint.slice('unix://'.length) };
  const url = URL.parse(endpoint.includes('://') ? endpoint : `tcp://${endpoint}`);
  const scheme = url?.protocol.slice(0, -1) ?? '';
  const port = PORTS[scheme];
  if (!url || port === undefined)
    throw badRequest(`Invalid docker_endpoint "${endpoint}": tcp, http, https or unix is expected.`);
  const protocol = scheme === 'https' ? 'https' : 'http';
  return { protocol, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port) || port };
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
