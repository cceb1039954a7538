import { badRequest } from '#kernel/errors.ts';
import { textOf, type Json, type JsonMap } from '../../template/json.ts';
import { signalUrl } from '../heat/signal-url.ts';
import { dropKeys, signedUrl } from '../heat/signed-url.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import type { AdjustmentType } from './capacity.ts';
import { isCool, noteScaling } from './cooldown.ts';

const TYPES = ['change_in_capacity', 'exact_capacity', 'percent_change_in_capacity'] as const;

/** What a policy's properties are called, and how kinds of adjustment are. */
interface Words {
  readonly type: string;
  readonly group: string;
  readonly adjustment: string;
  readonly adjustmentType: string;
  readonly cooldown: string;
  readonly atLeast: string;
  /** In the order of `TYPES`. */
  readonly types: readonly string[];
}

/** Alarms tell every state; a signal that says none is an alarm. */
const isAlarm = (details: JsonMap): boolean =>
  textOf(details['current'] ?? details['state'] ?? 'alarm').toLowerCase() === 'alarm';

function assertFits({ properties }: ResourceRun, { atLeast, adjustmentType, types }: Words): void {
  const byPercent = types[2] ?? '';
  if (properties[atLeast] !== undefined && properties[adjustmentType] !== byPercent)
    throw badRequest(
      `${atLeast} property should only be specified for ${adjustmentType} with value ${byPercent}.`,
      { code: 'StackValidationFailed' },
    );
}

async function scale(run: ResourceRun, words: Words): Promise<boolean> {
  const { properties } = run;
  const atLeast = properties[words.atLeast];
  const adjustment = {
    type: TYPES[words.types.indexOf(textOf(properties[words.adjustmentType]))] as AdjustmentType,
    by: Number(properties[words.adjustment]),
    ...(atLeast !== undefined && { atLeast: Number(atLeast) }),
  };
  return run.adjust(textOf(properties[words.group]), adjustment);
}

/** The same as long as its keys are: one that is adopted gets new ones. */
async function keepUrl(run: ResourceRun): Promise<void> {
  await run.keep({ alarmUrl: await signedUrl(run, { kind: 'signal' }) });
}

const urlOf = ({ resource }: ResourceRun): string => textOf(resource.data['alarmUrl']);

/** What changes the size of a group when it is signalled. */
const policy = (words: Words): Omit<ResourceType, 'attributes' | 'attribute'> => ({
  name: words.type,
  description: 'Changes the number of resources in a scaling group when it is signalled.',
  properties: {
    [words.group]: {
      type: 'string',
      required: true,
      description: 'AutoScaling group ID to apply policy to.',
    },
    [words.adjustment]: {
      type: 'number',
      required: true,
      updateAllowed: true,
      description: 'Size of adjustment.',
    },
    [words.adjustmentType]: {
      type: 'string',
      required: true,
      updateAllowed: true,
      constraints: [{ allowed_values: words.types }],
      description: 'Type of adjustment (absolute or percentage).',
    },
    [words.cooldown]: { type: 'number', updateAllowed: true, description: 'Cooldown period, in seconds.' },
    [words.atLeast]: {
      type: 'integer',
      updateAllowed: true,
      constraints: [{ range: { min: 0 } }],
      description: 'Of a change by percent: at least so many resources are added or removed.',
    },
  },
  async create(run) {
    assertFits(run, words);
    await keepUrl(run);
    return run.resource.physicalName;
  },
  async update(run) {
    assertFits(run, words);
  },
  remove: dropKeys,
  async signal(run, details) {
    if (!isAlarm(details) || !isCool(run) || !(await scale(run, words))) return 'No action required';
    await noteScaling(run);
    return `Adjusted by ${textOf(run.properties[words.adjustment])}`;
  },
  check: keepUrl,
});

const ALARM_URL = { type: 'string', description: 'A signed url to handle the alarm.' } as const;

export const scalingPolicy: ResourceType = {
  ...policy({
    type: 'OS::Heat::ScalingPolicy',
    group: 'auto_scaling_group_id',
    adjustment: 'scaling_adjustment',
    adjustmentType: 'adjustment_type',
    cooldown: 'cooldown',
    atLeast: 'min_adjustment_step',
    types: TYPES,
  }),
  attributes: {
    alarm_url: ALARM_URL,
    signal_url: { type: 'string', description: 'A url to handle the alarm using native API.' },
  },
  async attribute(run, [name]): Promise<Json> {
    if (name === 'alarm_url') return urlOf(run);
    return name === 'signal_url' ? signalUrl(run) : null;
  },
};

/** Others call it by its signed address. */
export const awsScalingPolicy: ResourceType = {
  ...policy({
    type: 'AWS::AutoScaling::ScalingPolicy',
    group: 'AutoScalingGroupName',
    adjustment: 'ScalingAdjustment',
    adjustmentType: 'AdjustmentType',
    cooldown: 'Cooldown',
    atLeast: 'MinAdjustmentStep',
    types: ['ChangeInCapacity', 'ExactCapacity', 'PercentChangeInCapacity'],
  }),
  attributes: { AlarmUrl: ALARM_URL },
  reference: urlOf,
  attribute: async (run, [name]): Promise<Json> => (name === 'AlarmUrl' ? urlOf(run) : null),
};
