import { isoTime } from '#kernel/clock.ts';
import type { Healthcheck } from '#oci/image-config.ts';
import { isUp, type WorkloadFacts } from './objects.ts';
import type { ContainerSpec, HealthReport, Probe, ProbeName, ProbeReport } from './protocol.ts';

/** What one try of a probe showed. */
export interface ProbeOutcome {
  readonly passed: boolean;
  readonly output: string;
}

/** Probes in the order in which they have a say. */
export type Probes = readonly (readonly [ProbeName, Probe])[];

/** Docker's figures for an image that says nothing. */
const IMAGE_DEFAULTS = { interval: 30, timeout: 30, retries: 3 };
const SHELL = ['/bin/sh', '-c'];

/** All probes of a container: the user's, and where the user says nothing of it the image's own health check. */
export function probesOf(spec: ContainerSpec, { imageHealth }: WorkloadFacts): Probes {
  const { check, start, live, ready } = spec.probes ?? {};
  const own = check === undefined ? imageCheck(imageHealth ?? null) : check;
  const healed = own && { ...own, action: spec.autoHeal ? ('restart' as const) : ('none' as const) };
  const all = { start, live, check: healed ?? undefined, ready };
  return Object.entries(all).flatMap(([name, probe]) => (probe ? [[name as ProbeName, probe] as const] : []));
}

function imageCheck(health: Healthcheck | null): Probe | null {
  const [kind, ...words] = health?.test ?? [];
  if (!health || words.length === 0 || (kind !== 'CMD' && kind !== 'CMD-SHELL')) return null;
  return {
    means: { kind: 'exec', args: kind === 'CMD' ? words : [...SHELL, ...words] },
    intervalSeconds: health.interval || IMAGE_DEFAULTS.interval,
    timeoutSeconds: health.timeout || IMAGE_DEFAULTS.timeout,
    failureThreshold: health.retries || IMAGE_DEFAULTS.retries,
    successThreshold: 1,
    initialDelaySeconds: 0,
    graceSeconds: health.startPeriod,
    action: 'none',
  };
}

/** Those to be tried now: the start probe alone, until it has passed. */
export function probesToTry(probes: Probes, facts: WorkloadFacts): Probes {
  const start = probes.filter(([name]) => name === 'start');
  const hasStarted = start.length === 0 || shown(facts)?.start?.state === 'passing';
  return hasStarted ? probes.filter(([name]) => name !== 'start') : start;
}

/** What probes have shown in the last run. */
const shown = ({ health, state }: WorkloadFacts): HealthReport['probes'] | undefined =>
  health && health.startedAt === state.startedAt ? health.probes : undefined;

const notTried = ({ state }: WorkloadFacts): ProbeReport => ({
  state: 'waiting',
  since: state.startedAt ?? '',
  successes: 0,
  failures: 0,
  output: '',
  at: null,
});

/** The facts with one more try in them; the same ones when it showed nothing new. */
export function withOutcome(
  facts: WorkloadFacts,
  [name, probe]: Probes[number],
  { passed, output, now }: ProbeOutcome & { readonly now: Date },
): WorkloadFacts {
  const { startedAt } = facts.state;
  if (startedAt === null) return facts;
  const before = shown(facts)?.[name] ?? notTried(facts);
  const after = judge(before, { passed, output, at: isoTime(now) }, { probe, startedAt });
  if (!isNews(before, after)) return facts;
  return { ...facts, health: { startedAt, probes: { ...shown(facts), [name]: after } } };
}

const isNews = (before: ProbeReport, after: ProbeReport): boolean =>
  before.at === null ||
  before.state !== after.state ||
  before.successes !== after.successes ||
  before.failures !== after.failures;

function judge(
  before: ProbeReport,
  { passed, output, at }: { readonly passed: boolean; readonly output: string; readonly at: string },
  { probe, startedAt }: { readonly probe: Probe; readonly startedAt: string },
): ProbeReport {
  const inGrace = Date.parse(at) - Date.parse(startedAt) < probe.graceSeconds * 1000;
  if (!passed && before.state === 'waiting' && inGrace) return { ...before, successes: 0, output, at };
  const successes = passed ? Math.min(before.successes + 1, probe.successThreshold) : 0;
  const failures = passed ? 0 : Math.min(before.failures + 1, probe.failureThreshold);
  const state = stateAfter(before.state, {
    hasPassed: successes >= probe.successThreshold,
    hasFailed: failures >= probe.failureThreshold,
  });
  return { state, since: state === before.state ? before.since : at, successes, failures, output, at };
}

function stateAfter(
  before: ProbeReport['state'],
  { hasPassed, hasFailed }: { readonly hasPassed: boolean; readonly hasFailed: boolean },
): ProbeReport['state'] {
  if (hasFailed) return 'failing';
  return hasPassed ? 'passing' : before;
}

/** What is to be done, or was done, about a run whose probe fails; null = nothing. */
export function remedyFor(
  spec: ContainerSpec,
  facts: WorkloadFacts,
): { readonly name: ProbeName; readonly action: 'restart' | 'kill' } | null {
  const results = shown(facts);
  if (!results) return null;
  for (const [name, { action }] of probesOf(spec, facts))
    if (action !== 'none' && results[name]?.state === 'failing') return { name, action };
  return null;
}

/** How what runs is; null for what does not run, or has no probes. */
export function healthReport(spec: ContainerSpec, facts: WorkloadFacts): HealthReport | null {
  const names = probesOf(spec, facts).map(([name]) => name);
  if (!isUp(facts.state) || names.length === 0) return null;
  const results = names.map((name) => [name, shown(facts)?.[name] ?? notTried(facts)] as const);
  const states = new Set(results.map(([, { state }]) => state));
  const settled = states.has('waiting') ? 'starting' : 'healthy';
  return { status: states.has('failing') ? 'unhealthy' : settled, probes: Object.fromEntries(results) };
}
