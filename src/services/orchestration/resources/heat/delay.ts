import { randomInt } from 'node:crypto';
import { isList, type Json } from '../../template/json.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';

const ACTIONS = ['CREATE', 'DELETE', 'SUSPEND', 'RESUME', 'UPDATE'];
const SECONDS = { type: 'number', updateAllowed: true, constraints: [{ range: { min: 0 } }] } as const;

/** Takes its time, and by chance a little more: for what must not happen all at once. */
export const delay: ResourceType = {
  name: 'OS::Heat::Delay',
  description: 'A resource that pauses for a configurable delay.',
  properties: {
    min_wait: {
      ...SECONDS,
      default: 0,
      description: 'Minimum time in seconds to wait during the specified actions.',
    },
    max_jitter: { ...SECONDS, default: 0, description: 'Maximum jitter to add to the minimum wait time.' },
    jitter_multiplier: {
      ...SECONDS,
      default: 1,
      description: 'Number of seconds to multiply the delay jitter by.',
    },
    actions: {
      type: 'list',
      updateAllowed: true,
      default: ['CREATE'],
      items: { type: 'string', constraints: [{ allowed_values: ACTIONS }] },
      description: 'Actions during which the delay will occur.',
    },
  },
  attributes: {},
  async create(run) {
    await begin(run, 'CREATE');
    return run.resource.physicalName;
  },
  settled: isOver,
  settledBy: ({ resource }) => Number(resource.data['ends'] ?? 0),
  update: (run) => begin(run, 'UPDATE'),
  remove: (run) => begin(run, 'DELETE'),
  removed: isOver,
  check: async () => undefined,
};

/** When it is over is kept for each action, so that a process that dies begins nothing anew. */
async function begin(run: ResourceRun, action: string): Promise<void> {
  const { properties, resource, clock, again } = run;
  if (again && resource.data['action'] === action) return;
  const actions: Json | undefined = properties['actions'];
  const counts = isList(actions) && actions.includes(action);
  const jitter = Math.floor(Number(properties['max_jitter']) * 1000);
  const more = (jitter > 0 ? randomInt(jitter + 1) : 0) * Number(properties['jitter_multiplier']);
  const wait = counts ? Number(properties['min_wait']) * 1000 + more : 0;
  await run.keep({ action, ends: clock.now().getTime() + wait });
}

async function isOver({ resource, clock }: ResourceRun): Promise<boolean> {
  return clock.now().getTime() >= Number(resource.data['ends'] ?? 0);
}
