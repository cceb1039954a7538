import type { JsonMap } from '../../template/json.ts';
import type { PropertySchemas } from '../property.ts';
import type { ResourceRun } from '../resource-type.ts';
import { growing, nextBatch, type Rolling } from './batches.ts';
import { groupTemplate, membersIn, type Members } from './members.ts';

/** `rolling_updates`, and a group's update policy. */
export const ROLLING: PropertySchemas = {
  min_in_service: {
    type: 'integer',
    default: 0,
    constraints: [{ range: { min: 0 } }],
    description: 'The minimum number of resources in service while rolling updates are being executed.',
  },
  max_batch_size: {
    type: 'integer',
    default: 1,
    constraints: [{ range: { min: 1 } }],
    description: 'The maximum number of resources to replace at once.',
  },
  pause_time: {
    type: 'number',
    default: 0,
    constraints: [{ range: { min: 0, max: 3600 } }],
    description: 'The number of seconds to wait between batches of updates.',
  },
};

export interface Pace extends Rolling {
  readonly pauseSeconds: number;
}

export const paceOf = (given: JsonMap): Pace => ({
  minInService: Number(given['min_in_service'] ?? 0),
  maxBatchSize: Number(given['max_batch_size'] ?? 1),
  pauseSeconds: Number(given['pause_time'] ?? 0),
});

export const currentMembers = async (run: ResourceRun): Promise<Members> =>
  membersIn(await run.nested.template());

const convergeOn = (run: ResourceRun, members: Members): Promise<string> =>
  run.nested.converge({ template: groupTemplate(members) });

/** Makes a group, by batches where there is a pace. @returns the id of its stack */
export async function makeMembers(run: ResourceRun, wanted: Members, pace?: Pace): Promise<string> {
  const steps = pace ? growing(wanted, pace.maxBatchSize) : [wanted];
  let id = '';
  for (const [index, step] of steps.entries()) {
    if (index > 0) await pause(run, pace);
    id = await convergeOn(run, step);
  }
  return id;
}

/** Brings a group in line: by batches where there is a pace, then all at once. */
export async function changeMembers(run: ResourceRun, wanted: Members, pace?: Pace): Promise<void> {
  for (let batch = await next(run, wanted, pace); batch; batch = await next(run, wanted, pace)) {
    await convergeOn(run, batch);
    await pause(run, pace);
  }
  await convergeOn(run, wanted);
}

const next = async (
  run: ResourceRun,
  wanted: Members,
  pace: Pace | undefined,
): Promise<Members | undefined> => pace && nextBatch(await currentMembers(run), wanted, pace);

async function pause({ clock, signal }: ResourceRun, pace: Pace | undefined): Promise<void> {
  if (pace && pace.pauseSeconds > 0) await clock.sleep(pace.pauseSeconds * 1000, signal);
}
