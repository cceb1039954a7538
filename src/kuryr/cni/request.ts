import { isAbsolute } from 'node:path';
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { badRequest, type CloudError } from '#kernel/errors.ts';

export const VERSIONS = ['1.0.0', '1.1.0'];
export const COMMANDS = ['ADD', 'DEL', 'CHECK', 'STATUS', 'VERSION'] as const;

const NetworkConfig = Type.Object({
  cniVersion: Type.String(),
  name: Type.String(),
  /** Neutron's network by id or name; the ports get these groups by id, or the project's default one. */
  network: Type.Optional(Type.String({ minLength: 1 })),
  securityGroups: Type.Optional(Type.Array(Type.String())),
});

const config = Compile(NetworkConfig);

export interface CniRequest {
  readonly command: (typeof COMMANDS)[number];
  readonly containerId: string;
  /** Path of the network namespace; '' where there is none any more. */
  readonly netns: string;
  readonly ifname: string;
  /** `K8S_POD_NAME` and the like. */
  readonly args: Readonly<Record<string, string>>;
  readonly config: Static<typeof NetworkConfig>;
}

/** Error codes of the CNI specification. */
export const CNI_CODES = {
  version: 1,
  environment: 4,
  decoding: 6,
  config: 7,
  again: 11,
  unavailable: 50,
  other: 100,
} as const;

type Reason = keyof typeof CNI_CODES;
const refuse = (reason: Reason, message: string) => badRequest(message, { code: `cni-${reason}` });

/** What a runtime says in the environment (`query`) and on standard input. @throws CloudError `bad-request` */
export function parseRequest(body: unknown, query: URLSearchParams): CniRequest {
  const get = (name: string) => query.get(name) ?? '';
  const command = COMMANDS.find((one) => one === get('command'));
  if (!command) throw refuse('environment', `CNI_COMMAND is '${get('command')}'.`);
  if (!config.Check(body)) throw refuse('decoding', 'The network configuration is incomplete.');
  if (command !== 'VERSION' && !VERSIONS.includes(body.cniVersion))
    throw refuse('version', `CNI ${body.cniVersion} is not spoken here: ${VERSIONS.join(', ')}.`);
  const request = { command, containerId: get('container'), netns: get('netns'), ifname: get('ifname') };
  if (command === 'ADD' || command === 'CHECK' || command === 'DEL') assertPlace(request);
  return { ...request, args: parseArgs(get('args')), config: body };
}

function assertPlace({ command, containerId, netns, ifname }: Omit<CniRequest, 'args' | 'config'>): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(containerId))
    throw refuse('environment', `CNI_CONTAINERID is '${containerId}'.`);
  if (!/^[A-Za-z0-9_.-]{1,15}$/.test(ifname)) throw refuse('environment', `CNI_IFNAME is '${ifname}'.`);
  if (!isAbsolute(netns) && !(command === 'DEL' && netns === ''))
    throw refuse('environment', `CNI_NETNS is '${netns}'.`);
}

const parseArgs = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split(';').flatMap((pair) => {
      const at = pair.indexOf('=');
      return at < 1 ? [] : [[pair.slice(0, at), pair.slice(at + 1)]];
    }),
  );

/** How CNI words a failure. */
export function cniFault(error: CloudError): object {
  const reason = /^cni-(\w+)$/.exec(error.code)?.[1] as Reason | undefined;
  const code = reason ? CNI_CODES[reason] : error.retryable ? CNI_CODES.again : CNI_CODES.other;
  return { cniVersion: VERSIONS[0], code, msg: error.message };
}
