import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Type, type Static } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { parse, parseDocument, stringify } from 'yaml';
import { badRequest, notFound } from '#kernel/errors.ts';
import { findText } from './files.ts';
import type { HostPaths } from './paths.ts';

/** The part of the configuration that set-up writes and reads; the daemons know more, and check all of it. */
const HostConfigSchema = Type.Object({
  data: Type.String(),
  run: Type.String(),
  http: Type.Object({ host: Type.String(), port: Type.Integer(), publicUrl: Type.String() }),
  ssntp: Type.Object({ host: Type.String(), port: Type.Integer() }),
  database: Type.Object({ kind: Type.String() }),
  region: Type.String(),
  externalNetwork: Type.Object({ cidr: Type.String(), gateway: Type.String() }),
  log: Type.Object({ level: Type.String() }),
  network: Type.Optional(
    Type.Object({ vnis: Type.Optional(Type.Object({ first: Type.Integer(), last: Type.Integer() })) }),
  ),
  node: Type.Optional(
    Type.Object({
      prefix: Type.Optional(Type.String()),
      docker: Type.Optional(Type.Object({ socket: Type.Optional(Type.String()) })),
    }),
  ),
  volumes: Type.Optional(
    Type.Object({
      backends: Type.Optional(Type.Array(Type.Object({ driver: Type.String() }))),
      backups: Type.Optional(Type.Object({ directory: Type.Optional(Type.String()) })),
    }),
  ),
});

export type HostConfig = Static<typeof HostConfigSchema>;

export function defaultConfig(paths: HostPaths, address: string): HostConfig {
  return {
    data: paths.data,
    run: paths.run,
    http: listenOn(address, 8780),
    ssntp: { host: '127.0.0.1', port: 8888 },
    database: { kind: 'sqlite' },
    region: 'RegionOne',
    externalNetwork: { cidr: '172.24.4.0/24', gateway: '172.24.4.1' },
    log: { level: 'info' },
  };
}

export const listenOn = (host: string, port: number): HostConfig['http'] => ({
  host,
  port,
  publicUrl: `http://${isIPv6(host) ? `[${host}]` : host}:${port}`,
});

/** @throws CloudError `bad-request` when the file is not what we can read, saying where. */
export function parseConfig(text: string, path: string): HostConfig {
  const value: unknown = readYaml(text, path);
  if (Check(HostConfigSchema, value)) return value;
  const [first] = Errors(HostConfigSchema, value);
  throw badRequest(`${path} is not valid: ${first?.instancePath || 'the whole'} ${first?.message ?? ''}`);
}

function readYaml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw badRequest(`${path} is not YAML.`, { cause });
  }
}

export async function findConfig(paths: HostPaths): Promise<HostConfig | undefined> {
  const text = await findText(paths.config);
  return text === undefined ? undefined : parseConfig(text, paths.config);
}

/** @throws CloudError `not-found` before the first `up`. */
export async function getConfig(paths: HostPaths): Promise<HostConfig> {
  const config = await findConfig(paths);
  if (config === undefined) throw notFound(`There is no ${paths.config}: run ./hydria up.`);
  return config;
}

const HEADER =
  "# Hydria's configuration, made once by `hydria up`. Change it, then: ./hydria down && ./hydria up\n";

export const configText = (config: HostConfig): string => HEADER + stringify(config);

/** The text with another place to listen at; all else stays, a person's comments too. */
export function withHttp(text: string, http: HostConfig['http']): string {
  const document = parseDocument(text);
  document.set('http', http);
  return document.toString();
}

/** @throws CloudError `bad-request` for an address that this machine does not have. */
export function checkAddress(address: string): string {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const known = own.map((entry) => entry.address);
  if (known.includes(address)) return address;
  throw badRequest(`This machine has no address '${address}'. It has: ${known.join(', ')}.`);
}
