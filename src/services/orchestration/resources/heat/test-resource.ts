import { badRequest } from '#kernel/errors.ts';
import { isMap, type Json } from '../../template/json.ts';
import { Replacement, type ResourceRun, type ResourceType } from '../resource-type.ts';

const WAIT = {
  type: 'number',
  updateAllowed: true,
  default: 0,
  constraints: [{ range: { min: 0 } }],
} as const;
const ACTIONS = { create: WAIT, update: WAIT, delete: WAIT };

/** Does nothing, takes its time, and fails where it is told to: for trying templates out. */
export const testResource: ResourceType = {
  name: 'OS::Heat::TestResource',
  description:
    'A resource which stores the string value that was provided, and fails or waits as it is told.',
  properties: {
    value: {
      type: 'string',
      default: 'test_string',
      updateAllowed: true,
      description: 'The text to be stored.',
    },
    fail: {
      type: 'boolean',
      default: false,
      updateAllowed: true,
      description: 'Whether creation and update fail.',
    },
    update_replace: {
      type: 'boolean',
      default: false,
      updateAllowed: true,
      description: 'Whether a change replaces it.',
    },
    update_replace_value: { type: 'string', description: 'A text whose change replaces it.' },
    wait_secs: { ...WAIT, default: 0, description: 'Seconds that each action takes.' },
    action_wait_secs: {
      type: 'map',
      updateAllowed: true,
      schema: ACTIONS,
      description: 'Seconds, by action.',
    },
  },
  attributes: { output: { description: 'The text that is stored.', type: 'string' } },
  async create(run) {
    await begin(run, 'create');
    return run.resource.physicalName;
  },
  settled,
  async update(run, changed) {
    if (run.properties['update_replace'] === true) throw new Replacement();
    if (changed.size > 0) await begin(run, 'update');
  },
  remove: (run) => begin(run, 'delete'),
  removed: settled,
  attribute: async ({ properties }, [name]): Promise<Json> =>
    name === 'output' ? (properties['value'] ?? null) : null,
};

/** When it is over is kept, so that a process that dies costs no time. */
async function begin(run: ResourceRun, action: keyof typeof ACTIONS): Promise<void> {
  const { properties, clock } = run;
  if (properties['fail'] === true && action !== 'delete')
    throw badRequest(`Test Resource failed ${run.resource.name}`);
  const byAction = properties['action_wait_secs'];
  const seconds = Number((isMap(byAction) ? byAction[action] : 0) || properties['wait_secs'] || 0);
  const { data } = run.resource;
  if (run.again && data['action'] === action) return;
  if (seconds > 0 || data['ends'] !== undefined)
    await run.keep({ action, ends: clock.now().getTime() + seconds * 1000 });
}

async function settled({ resource, clock }: ResourceRun): Promise<boolean> {
  return clock.now().getTime() >= Number(resource.data['ends'] ?? 0);
}
