import { badRequest } from '#kernel/errors.ts';
import type { ContainerProbes, Probe, ProbeMeans } from '#node/protocol.ts';
import type { CreateContainerBody } from '../schema/container.ts';
import type { HealthcheckBody, ProbeBody } from '../schema/probes.ts';
import type { ContainerSettings, HealthcheckSettings } from './container.ts';

/** Docker's figures for what a health check leaves out, in seconds. */
const CHECK = { interval: 30, timeout: 30, retries: 3 };
/** Kubernetes' figures for what a probe leaves out. */
const PROBE = { interval: 10, timeout: 1, failures: 3, successes: 1, delay: 0 };
const LONGEST_SECONDS = 86_400;
const MOST_RETRIES = 100;
/** Docker's word for: not even the image's own. */
const NONE = 'NONE';

/** @throws CloudError `bad-request` for what cannot be asked of a container */
export function readProbes({
  healthcheck,
  probes,
}: Pick<CreateContainerBody, 'healthcheck' | 'probes'>): Pick<ContainerSettings, 'healthcheck' | 'probes'> {
  const check = readHealthcheck(healthcheck ?? {});
  const { start, ready, live } = probes ?? {};
  const all: ContainerProbes = {
    ...(check && { check: checkProbe(check) }),
    ...(start && { start: { ...readProbe('start', start), action: 'restart' } }),
    ...(ready && { ready: { ...readProbe('ready', ready), action: 'none' } }),
    ...(live && { live: readProbe('live', live) }),
  };
  return { ...(check && { healthcheck: check }), ...(Object.keys(all).length > 0 && { probes: all }) };
}

function readHealthcheck(body: HealthcheckBody): HealthcheckSettings | null {
  const { cmd, test, ...figures } = body;
  const given = Object.entries(figures).filter(([, value]) => value !== null && value !== undefined);
  const text = cmd ?? test ?? '';
  if (text === '') {
    if (given.length > 0) throw badRequest('Invalid input for field healthcheck: it has no cmd.');
    return null;
  }
  return { test: text, ...Object.fromEntries(given.map(([name, value]) => [name, readFigure(name, value)])) };
}

function readFigure(name: string, value: unknown): number {
  const figure = Number(value);
  const most = name === 'retries' ? MOST_RETRIES : LONGEST_SECONDS;
  if (figure >= 0 && figure <= most) return figure;
  throw badRequest(`Invalid input for field healthcheck: ${name} is not between 0 and ${most}.`);
}

/** What was left out, or is 0, is Docker's. */
function checkProbe({ test, interval, timeout, retries }: HealthcheckSettings): Probe | null {
  if (test === NONE) return null;
  return {
    means: { kind: 'exec', args: ['/bin/sh', '-c', test] },
    intervalSeconds: interval || CHECK.interval,
    timeoutSeconds: timeout || CHECK.timeout,
    failureThreshold: retries || CHECK.retries,
    successThreshold: 1,
    initialDelaySeconds: 0,
    graceSeconds: 0,
    action: 'none',
  };
}

const readProbe = (name: string, body: ProbeBody): Probe => ({
  means: readMeans(name, body),
  intervalSeconds: body.interval ?? PROBE.interval,
  timeoutSeconds: body.timeout ?? PROBE.timeout,
  failureThreshold: body.failure_threshold ?? PROBE.failures,
  successThreshold: body.success_threshold ?? PROBE.successes,
  initialDelaySeconds: body.initial_delay ?? PROBE.delay,
  graceSeconds: 0,
  action: body.action ?? 'restart',
});

function readMeans(name: string, { exec, http, tcp }: ProbeBody): ProbeMeans {
  const given: ProbeMeans[] = [
    ...(exec ? [{ kind: 'exec', args: exec.command } as const] : []),
    ...(http
      ? [{ kind: 'http', port: http.port, path: http.path ?? '/', scheme: http.scheme ?? 'http' } as const]
      : []),
    ...(tcp ? [{ kind: 'tcp', port: tcp.port } as const] : []),
  ];
  const [means, ...others] = given;
  if (means && others.length === 0) return means;
  throw badRequest(`Invalid input for field probes: ${name} has one of exec, http and tcp.`);
}
