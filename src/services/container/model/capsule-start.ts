import { isInit } from './capsule.ts';
import type { Container } from './container.ts';

const INIT_SECONDS = 3600;
const MAIN_SECONDS = 600;

/** How far a capsule's members have come since they were put on their node. */
export type Progress =
  | { readonly done: true }
  | { readonly failed: string }
  /** `withinSeconds`: counted from when they were put on the node. */
  | { readonly waitsFor: string; readonly withinSeconds: number };

/**
 * Init containers run in order and have an hour each; what one does not need is left for the next. Then the others start.
 * @param members in order
 */
export function progressOf(members: readonly Container[]): Progress {
  const broken = members.map(whyBroken).find((why) => why !== undefined);
  if (broken !== undefined) return { failed: broken };
  const inits = members.filter(isInit);
  const next = inits.findIndex((member) => !hasEndedWell(member));
  const current = inits[next];
  if (current)
    return { waitsFor: `init container ${current.name} to end`, withinSeconds: INIT_SECONDS * (next + 1) };
  const waiting = members.find(({ status }) => status === 'Creating');
  if (!waiting) return { done: true };
  const withinSeconds = INIT_SECONDS * inits.length + MAIN_SECONDS;
  return { waitsFor: `node ${waiting.host} to create ${waiting.name}`, withinSeconds };
}

function whyBroken(member: Container): string | undefined {
  const { name, observed, generation } = member;
  if (!observed || observed.generation < generation) return undefined;
  if (observed.failed) return `${name}: ${observed.reason ?? 'its node failed to create it.'}`;
  const { status, exitCode } = observed;
  if (!isInit(member) || status !== 'stopped' || exitCode === 0) return undefined;
  return `Init container ${name} ended with exit code ${exitCode}.`;
}

const hasEndedWell = ({ observed, status }: Container): boolean =>
  status === 'Stopped' && observed?.status === 'stopped' && observed.exitCode === 0;
