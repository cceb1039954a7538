import { badRequest } from '#kernel/errors.ts';
import { textOf, type Json, type JsonMap } from '../../template/json.ts';
import { signalUrl } from '../heat/signal-url.ts';
import { dropKeys, signedUrl } from '../heat/signed-url.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import type { AdjustmentType } from './capacity.ts';
import { isCool, noteScaling } from './cooldown.ts';

const TYPES = ['change_in_capacity', 'exact_capacity', 'percent_change_in_capacity'];

/** Alarms tell every state; a signal that says none is an alarm. */
const isAlarm = (details: JsonMap): boolean =>
  textOf(details['current'] ?? details['state'] ?? 'alarm').toLowerCase() === 'alarm';

function assertFits({ properties }: ResourceRun): void {
  if (properties['min_adjustment_step'] !== undefined && properties['adjustment_type'] !== TYPES[2])
    throw badRequest(
      'min_adjustment_step property should only be specified for adjustment_type with value percent_change_in_capacity.',
      {
        code: 'StackValidationFailed',
      },
    );
}

async function scale(run: ResourceRun): Promise<boolean> {
  const { properties } = run;
  const atLeast = properties['min_adjustment_step'];
  const adjustment = {
    type: properties['adjustment_type'] as AdjustmentType,
    by: Number(properties['scaling_adjustment']),
    ...(atLeast !== undefined && { atLeast: Number(atLeast) }),
  };
  return run.adjust(textOf(properties['auto_scaling_group_id']), adjustment);
}

/** The same as long as its keys are: one that is adopted gets new ones. */
async function keepUrl(run: ResourceRun): Promise<void> {
  await run.keep({ alarmUrl: await signedUrl(run, { kind: 'signal' }) });
}

/** What changes the size of a group when it is signalled. */
export const scalingPolicy: ResourceType = {
  name: 'OS::Heat::ScalingPolicy',
  description: 'Changes the number of resources in a scaling group when it is signalled.',
  properties: {
    auto_scaling_group_id: {
      type: 'string',
      required: true,
      description: 'AutoScaling group ID to apply policy to.',
    },
    scaling_adjustment: {
      type: 'number',
      required: true,
      updateAllowed: true,
      description: 'Size of adjustment.',
    },
    adjustment_type: {
      type: 'string',
      required: true,
      updateAllowed: true,
      constraints: [{ allowed_values: TYPES }],
      description: 'Type of adjustment (absolute or percentage).',
    },
    cooldown: { type: 'number', updateAllowed: true, description: 'Cooldown period, in seconds.' },
    min_adjustment_step: {
      type: 'integer',
      updateAllowed: true,
      constraints: [{ range: { min: 0 } }],
      description: 'Of a change by percent: at least so many resources are added or removed.',
    },
  },
  attributes: {
    alarm_url: { type: 'string', description: 'A signed url to handle the alarm.' },
    signal_url: { type: 'string', description: 'A url to handle the alarm using native API.' },
  },
  async create(run) {
    assertFits(run);
    await keepUrl(run);
    return run.resource.physicalName;
  },
  async update(run) {
    assertFits(run);
  },
  remove: dropKeys,
  async attribute(run, [name]): Promise<Json> {
    if (name === 'alarm_url') return textOf(run.resource.data['alarmUrl']);
    return name === 'signal_url' ? signalUrl(run) : null;
  },
  async signal(run, details) {
    if (!isAlarm(details) || !isCool(run) || !(await scale(run))) return 'No action required';
    await noteScaling(run);
    return `Adjusted by ${textOf(run.properties['scaling_adjustment'])}`;
  },
  check: keepUrl,
};
