import { badRequest } from '#kernel/errors.ts';
import { textOf, type Json, type JsonMap } from '../../template/json.ts';
import { adjusted, within } from '../groups/capacity.ts';
import { isCool, noteScaling } from '../groups/cooldown.ts';
import { tellEach } from '../groups/member-attributes.ts';
import { groupTemplate, isNoSpare, newest, type Definition, type Members } from '../groups/members.ts';
import { changeMembers, currentMembers, makeMembers, type Pace } from '../groups/rolling.ts';
import { readProperties, type PropertySchemas } from '../property.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { integer, list, listOf, LIVE, NEEDED, text } from '../rest/fields.ts';
import { launchConfiguration } from './launch-configuration.ts';
import { TAGS } from './volume.ts';

/** What a member is: the environment says what stands for it. */
const MEMBER = 'OS::Heat::ScaledResource';

/** A kind of group whose members are as a launch configuration says. */
interface Kind {
  readonly name: string;
  readonly description: string;
  readonly properties: PropertySchemas;
  /** The key of its update policy. */
  readonly policy: string;
  /** The tags that tell measures of whom they are. */
  readonly marks: readonly string[];
  /** How many members it has. @throws CloudError `bad-request` */
  readonly size: (properties: JsonMap, now: number) => number;
  readonly adjust?: ResourceType['adjust'];
}

const COMMON: PropertySchemas = {
  AvailabilityZones: list('Where they are.', NEEDED),
  LaunchConfigurationName: text('The launch configuration.', LIVE),
  Tags: TAGS,
};

const scaledGroup = (kind: Kind): ResourceType => ({
  name: kind.name,
  description: kind.description,
  properties: { ...COMMON, ...kind.properties },
  attributes: {
    InstanceList: { type: 'string', description: 'A comma-delimited list of server ip addresses.' },
  },
  holdsStack: true,
  async create(run) {
    const size = kind.size(run.properties, 0);
    return makeMembers(run, newest(await currentMembers(run), size, await define(kind, run)));
  },
  async update(run, changed) {
    const current = await currentMembers(run);
    const size = kind.size(run.properties, [...current.keys()].filter(isNoSpare).length);
    const pace = changed.has('LaunchConfigurationName') ? paceOf(run, kind.policy) : undefined;
    await changeMembers(run, newest(current, size, await define(kind, run)), pace);
  },
  remove: (run) => run.nested.remove(),
  suspend: (run) => run.nested.act('SUSPEND'),
  resume: (run) => run.nested.act('RESUME'),
  check: (run) => run.nested.act('CHECK'),
  reference: ({ resource }) => resource.physicalName,
  async attribute(run, [name]): Promise<Json> {
    if (name !== 'InstanceList') return null;
    const told = Object.values(await tellEach(run, ['PublicIp']));
    return told.length === 0 ? null : told.map((address) => textOf(address ?? '0.0.0.0')).join(',');
  },
  ...(kind.adjust && { adjust: kind.adjust }),
});

/** A member as the launch configuration says now; kept, for signals see nothing of the stack around. */
async function define({ marks }: Kind, run: ResourceRun): Promise<Definition> {
  const { properties, resource } = run;
  const tags = (properties['Tags'] ?? []) as readonly JsonMap[];
  const isMarked = tags.some(({ Key: key }) => textOf(key ?? '').startsWith('metering.'));
  const marked = marks.map((Key) => ({ Key, Value: resource.physicalName }));
  const [zone] = (properties['VPCZoneIdentifier'] ?? []) as readonly string[];
  const configuration = configurationOf(run);
  const definition = {
    type: MEMBER,
    properties: {
      ...configuration.properties,
      Tags: isMarked ? tags : [...tags, ...marked],
      ...(zone !== undefined && { SubnetId: zone }),
    },
    metadata: configuration.metadata,
  } as Definition;
  await run.keep({ definition });
  return definition;
}

function configurationOf({ beside, properties }: ResourceRun) {
  const named = textOf(properties['LaunchConfigurationName'] ?? '');
  const found = beside.find(
    ({ madeBy, reference, physicalId }) =>
      madeBy === launchConfiguration.name && [reference, physicalId].includes(named),
  );
  if (!found) throw invalid(`LaunchConfigurationName (${named}) reference can not be found.`);
  return found as { readonly properties: JsonMap; readonly metadata: JsonMap };
}

const ROLLING: PropertySchemas = {
  MinInstancesInService: integer('How many stay in service.', { default: 0 }),
  MaxBatchSize: integer('How many change at once.', { default: 1 }),
  PauseTime: text('How long to wait between batches, as ISO 8601 has it.', { default: 'PT0S' }),
};

/** The pace that the update policy sets, if it does. @throws CloudError `bad-request` */
function paceOf({ updatePolicy, clock }: ResourceRun, policy: string): Pace | undefined {
  const schemas: PropertySchemas = { [policy]: { type: 'map', schema: ROLLING } };
  const said = readProperties(schemas, updatePolicy, { path: 'update_policy', now: clock.now() })[policy];
  if (said === undefined) return undefined;
  const { MinInstancesInService: least, MaxBatchSize: most, PauseTime: pause } = said as JsonMap;
  const pauseSeconds = secondsOf(textOf(pause ?? 'PT0S'));
  return { minInService: Number(least), maxBatchSize: Number(most), pauseSeconds };
}

const DURATION = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/;

function secondsOf(text: string): number {
  const [, hours = 0, minutes = 0, seconds = 0] = DURATION.exec(text) ?? [];
  if (!DURATION.test(text)) throw invalid(`Only ISO 8601 duration format of the form PT#H#M#S is supported.`);
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (total > 3600) throw invalid('Maximum PauseTime is 1 hour.');
  return total;
}

const invalid = (message: string) => badRequest(message, { code: 'StackValidationFailed' });

export const instanceGroup = scaledGroup({
  name: 'OS::Heat::InstanceGroup',
  description: 'So many members as a launch configuration says.',
  properties: {
    LaunchConfigurationName: text('The launch configuration.', { ...LIVE, ...NEEDED }),
    Size: integer('Desired number of instances.', { ...LIVE, ...NEEDED }),
  },
  policy: 'RollingUpdate',
  marks: ['metering.groupname'],
  size: ({ Size: size }) => Number(size),
});

const sizesOf = ({ MinSize: min, MaxSize: max }: JsonMap) => ({ min: Number(min), max: Number(max) });

function sizeOf(properties: JsonMap, now: number): number {
  const sizes = sizesOf(properties);
  const { DesiredCapacity: desired, VPCZoneIdentifier: zones } = properties;
  if (sizes.max < sizes.min) throw invalid('MinSize can not be greater than MaxSize');
  if (sizes.min < 0) throw invalid('The size of AutoScalingGroup can not be less than zero');
  if (desired !== undefined && within(Number(desired), sizes) !== Number(desired))
    throw invalid('DesiredCapacity must be between MinSize and MaxSize');
  if (zones !== undefined && (zones as readonly Json[]).length !== 1)
    throw invalid('Anything other than one VPCZoneIdentifier is not supported.');
  return within(Number(desired ?? now), sizes);
}

export const awsAutoScalingGroup = scaledGroup({
  name: 'AWS::AutoScaling::AutoScalingGroup',
  description: 'Members as a launch configuration says, whose number scaling policies change.',
  properties: {
    LaunchConfigurationName: text('The launch configuration.', { ...LIVE, ...NEEDED }),
    MaxSize: integer('Maximum number of instances in the group.', { ...LIVE, ...NEEDED }),
    MinSize: integer('Minimum number of instances in the group.', { ...LIVE, ...NEEDED }),
    Cooldown: integer('Cooldown period, in seconds.', LIVE),
    DesiredCapacity: integer('Desired initial number of instances.', LIVE),
    VPCZoneIdentifier: listOf(text('A subnet.'), 'The subnet of the members: one.'),
  },
  policy: 'AutoScalingRollingUpdate',
  marks: ['metering.groupname', 'metering.AutoScalingGroupName'],
  size: sizeOf,
  async adjust(run, adjustment) {
    if (!isCool(run)) return false;
    const current: Members = await currentMembers(run);
    const count = adjusted(current.size, adjustment, sizesOf(run.properties));
    if (count === current.size) return false;
    const definition = run.resource.data['definition'] as Definition;
    await run.nested.converge({ template: groupTemplate(newest(current, count, definition)) });
    await noteScaling(run);
    return true;
  },
});
