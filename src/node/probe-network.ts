import { isIPv6 } from 'node:net';
import { exec } from '#kernel/exec.ts';
import { messageOf } from '#kernel/errors.ts';
import type { ProbeOutcome } from './health.ts';
import type { ProbeMeans } from './protocol.ts';

export type NetworkMeans = Extract<ProbeMeans, { kind: 'http' | 'tcp' }>;

/** From where, and whom, and for how long. */
export interface NetworkTarget {
  /** Path of the container's network namespace. */
  readonly netns: string;
  /** Of the container itself. */
  readonly address: string;
  readonly timeoutSeconds: number;
}

/** Connects to a port from inside a network namespace. Never rejects. */
export type TryInNamespace = (means: NetworkMeans, target: NetworkTarget) => Promise<ProbeOutcome>;

const OUTPUT_BYTES = 4096;

/**
 * The process that connects is in the container's network namespace and nowhere else: no packet crosses a bridge, addresses of other
 * tenants may be the same, and no filter is asked. Only numbers are given to it, so it looks up no name.
 */
export const tryInNamespace: TryInNamespace = async (means, target) => {
  const { netns, timeoutSeconds } = target;
  const isHttp = means.kind === 'http';
  let answer = '';
  const listen = (chunk: Buffer) => {
    if (answer.length < OUTPUT_BYTES) answer += chunk.toString('latin1');
  };
  try {
    // There is nothing to say to a bare port, and nothing to hear: one way alone, it is over when the line is there.
    const ends = isHttp ? ['-t', String(timeoutSeconds), '-'] : ['-u', '/dev/null'];
    await exec('nsenter', [`--net=${netns}`, 'socat', ...ends, socatAddress(means, target)], {
      timeout: timeoutSeconds * 1000,
      maxOutput: OUTPUT_BYTES,
      onOutput: listen,
      ...(isHttp && { input: httpRequest(means.path, hostText(target.address)) }),
    });
  } catch (thrown) {
    if (!isHttp || answer === '') return { passed: false, output: whyNot(messageOf(thrown), target) };
  }
  return isHttp ? httpOutcome(answer) : { passed: true, output: '' };
};

const hostText = (address: string): string => (isIPv6(address) ? `[${address}]` : address);

function socatAddress(means: NetworkMeans, { address, timeoutSeconds }: NetworkTarget): string {
  const to = `${hostText(address)}:${means.port}`;
  const options = `connect-timeout=${timeoutSeconds},shut-none`;
  if (means.kind === 'http' && means.scheme === 'https') return `OPENSSL:${to},verify=0,${options}`;
  return `${isIPv6(address) ? 'TCP6' : 'TCP4'}:${to},${options}`;
}

const httpRequest = (path: string, host: string): string =>
  `GET ${path} HTTP/1.0\r\nHost: ${host}\r\nUser-Agent: hydria-probe\r\nConnection: close\r\n\r\n`;

/** What came before it was cut off counts: a server that does not hang up has answered all the same. */
function httpOutcome(answer: string): ProbeOutcome {
  const [, code] = /^HTTP\/1\.[01] ([0-9]{3})\b/.exec(answer) ?? [];
  const status = Number(code ?? 0);
  const output = answer.slice(0, OUTPUT_BYTES);
  return { passed: status >= 200 && status < 400, output: output === '' ? 'No answer came.' : output };
}

/** socat tells of its time and process: what it says of the line is enough. */
function whyNot(message: string, { timeoutSeconds }: NetworkTarget): string {
  const words = /Connection refused|No route to host|Network is unreachable|timed out/i.exec(message)?.[0];
  return words ?? `No connection within ${timeoutSeconds} s.`;
}
