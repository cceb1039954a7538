import { expect, it } from 'vitest';
import type { ApiAnswer } from '#test/support/api.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { serveStacks, templateOf, text, type Resources, type StackApi } from './support.ts';

type Shown = ApiAnswer['body'];

/** What stands for a member, as the environment says: it tells an address, and what it was made with. */
const MEMBER = JSON.stringify({
  heat_template_version: '2021-04-16',
  parameters: {
    ImageId: { type: 'string' },
    InstanceType: { type: 'string' },
    KeyName: { type: 'string', default: 'none' },
    SubnetId: { type: 'string', default: 'none' },
    Tags: { type: 'json', default: [] },
  },
  resources: { it: text({ get_param: 'ImageId' }) },
  outputs: {
    PublicIp: { value: { get_attr: ['it', 'output'] } },
    made: { value: [{ get_param: 'InstanceType' }, { get_param: 'SubnetId' }, { get_param: 'Tags' }] },
  },
});
const environment = { resource_registry: { 'OS::Heat::ScaledResource': 'member.yaml' } };
const files = { 'member.yaml': MEMBER };

const launch = (ImageId: string, more: object = {}) => ({
  type: 'AWS::AutoScaling::LaunchConfiguration',
  properties: { ImageId, InstanceType: 'small', ...more },
});
const instances = (Size: number, more: object = {}) => ({
  type: 'OS::Heat::InstanceGroup',
  properties: { AvailabilityZones: ['nova'], LaunchConfigurationName: { get_resource: 'conf' }, Size },
  ...more,
});
const scaling = (properties: object = {}) => ({
  type: 'AWS::AutoScaling::AutoScalingGroup',
  properties: {
    AvailabilityZones: ['nova'],
    LaunchConfigurationName: { get_resource: 'conf' },
    MinSize: 1,
    MaxSize: 3,
    ...properties,
  },
});
const policy = (properties: object = {}) => ({
  type: 'AWS::AutoScaling::ScalingPolicy',
  properties: {
    AutoScalingGroupName: { get_resource: 'group' },
    AdjustmentType: 'ChangeInCapacity',
    ScalingAdjustment: 1,
    ...properties,
  },
});

const create = (heat: StackApi, resources: Resources, outputs: object = {}) =>
  heat.create(resources, { template: templateOf(resources, { outputs }), environment, files });
const update = async (heat: StackApi, path: string, resources: Resources): Promise<Shown> => {
  await heat.call('PUT', path, { body: { template: templateOf(resources), environment, files } });
  await heat.idle();
  return heat.show(path);
};
const addresses = async (heat: StackApi, path: string): Promise<string[] | null> => {
  const { body } = await heat.call('GET', `${path}/resources/group?with_attr=InstanceList`);
  return body.resource.attributes.InstanceList?.split(',') ?? null;
};
/** What each member was made with. */
const made = async (heat: StackApi, path: string): Promise<Shown[]> => {
  const { body } = await heat.call('GET', `${path}/resources?nested_depth=1`);
  const members = body.resources.filter((one: Shown) => one.parent_resource === 'group');
  const told = members.map(async (member: Shown) => {
    const { href } = member.links.find(({ rel }: Shown) => rel === 'self');
    return (await heat.call('GET', `${href}?with_attr=made`)).body.resource.attributes.made;
  });
  return Promise.all(told);
};
const failure = async (heat: StackApi, resources: Resources, fields: object = {}): Promise<string> =>
  (await heat.show(await heat.create(resources, { environment, files, ...fields }))).stack_status_reason;

forEachDatabase('an instance group', (open) => {
  it('has members as its launch configuration says, of what the environment says', async () => {
    await using heat = await serveStacks(open);
    const outputs = { list: { value: { get_attr: ['group', 'InstanceList'] } } };
    const path = await create(heat, { conf: launch('image-1'), group: instances(2) }, outputs);
    const shown = await heat.show(path);
    expect([shown.stack_status, shown.outputs[0].output_value]).toEqual([
      'CREATE_COMPLETE',
      'image-1,image-1',
    ]);
    const [[flavor, subnet, tags]] = await made(heat, path);
    expect([flavor, subnet, tags[0].Key]).toEqual(['small', 'none', 'metering.groupname']);
    expect(tags[0].Value).toMatch(/^one-group-/);
  });

  it('grows and shrinks, and changes its members with the launch configuration, by batches where it is told', async () => {
    await using heat = await serveStacks(open);
    const path = await create(heat, { conf: launch('image-1'), group: instances(1) });
    const update_policy = { RollingUpdate: { MinInstancesInService: 1, PauseTime: 'PT0S' } };
    const shown = await update(heat, path, {
      conf: launch('image-2'),
      group: instances(3, { update_policy }),
    });
    expect(shown.stack_status).toBe('UPDATE_COMPLETE');
    expect(await addresses(heat, path)).toEqual(['image-2', 'image-2', 'image-2']);
    await update(heat, path, { conf: launch('image-2'), group: instances(0) });
    expect(await addresses(heat, path)).toBeNull();
  });

  it('says what is wrong: no such configuration, one that says too little, a pause without end, no members', async () => {
    await using heat = await serveStacks(open);
    const unknown = instances(1);
    const named = { ...unknown.properties, LaunchConfigurationName: 'conf' };
    expect(await failure(heat, { group: { ...unknown, properties: named } })).toContain(
      'LaunchConfigurationName (conf) reference can not be found.',
    );
    const conf = { type: 'AWS::AutoScaling::LaunchConfiguration', properties: { ImageId: 'x' } };
    expect(await failure(heat, { conf }, { stack_name: 'two' })).toContain(
      'ImageId and InstanceType are required',
    );
    const BlockDeviceMappings = [{ DeviceName: 'vdb' }];
    expect(
      await failure(heat, { conf: launch('x', { BlockDeviceMappings }) }, { stack_name: 'three' }),
    ).toContain('Ebs is missing');
    const without = BlockDeviceMappings.map((disk) => ({ ...disk, Ebs: { VolumeSize: '1' } }));
    expect(
      await failure(heat, { conf: launch('x', { BlockDeviceMappings: without }) }, { stack_name: 'four' }),
    ).toContain('SnapshotId is missing');
    const plain = { environment: {}, files: {}, stack_name: 'five' };
    expect(await failure(heat, { conf: launch('x'), group: instances(1) }, plain)).toContain(
      'Service nova is not available for resource type OS::Heat::ScaledResource',
    );
    const path = await heat.create(
      { conf: launch('x'), group: instances(1) },
      { environment, files, stack_name: 'six' },
    );
    const update_policy = { RollingUpdate: { PauseTime: 'PT2H' } };
    const changed = { conf: launch('y'), group: instances(1, { update_policy }) };
    expect((await update(heat, path, changed)).stack_status_reason).toContain('Maximum PauseTime is 1 hour.');
  });
});

forEachDatabase("CFN's scaling", (open) => {
  const signal = async (heat: StackApi, path: string, name: string) => {
    const answer = await heat.call('POST', `${path}/resources/${name}/signal`, { body: {} });
    await heat.idle();
    return answer.status;
  };

  it('grows by its policy within its bounds, and rests for its cooldown', async () => {
    await using heat = await serveStacks(open);
    const resources = {
      conf: launch('image-1'),
      group: scaling({ DesiredCapacity: 1, VPCZoneIdentifier: ['subnet-1'] }),
      more: policy(),
      all: policy({ AdjustmentType: 'ExactCapacity', ScalingAdjustment: 9, Cooldown: 600 }),
      less: policy({
        AdjustmentType: 'PercentChangeInCapacity',
        ScalingAdjustment: -10,
        MinAdjustmentStep: 2,
      }),
    };
    const path = await create(heat, resources, { url: { value: { get_resource: 'more' } } });
    const [[, subnet, tags]] = await made(heat, path);
    expect([subnet, tags.map(({ Key }: Shown) => Key)]).toEqual([
      'subnet-1',
      ['metering.groupname', 'metering.AutoScalingGroupName'],
    ]);
    expect(await signal(heat, path, 'more')).toBe(200);
    expect(await addresses(heat, path)).toHaveLength(2);
    await signal(heat, path, 'all');
    expect(await addresses(heat, path)).toHaveLength(3);
    await signal(heat, path, 'less');
    expect(await addresses(heat, path)).toHaveLength(1);
    await signal(heat, path, 'all');
    expect(await addresses(heat, path), 'it is cooling down').toHaveLength(1);
    const [url] = (await heat.show(path)).outputs;
    expect(url.output_value).toMatch(/\/signal\/.*\/more\?.*Signature=/);
    const asked = await heat.call('GET', `${path}/resources/more?with_attr=AlarmUrl`);
    expect(asked.body.resource.attributes.AlarmUrl).toBe(url.output_value);
  });

  it.each([
    [{ MinSize: 4 }, 'MinSize can not be greater than MaxSize'],
    [{ MinSize: -1 }, 'can not be less than zero'],
    [{ DesiredCapacity: 9 }, 'DesiredCapacity must be between MinSize and MaxSize'],
    [{ VPCZoneIdentifier: ['a', 'b'] }, 'Anything other than one VPCZoneIdentifier'],
  ])('refuses %j', async (properties, why) => {
    await using heat = await serveStacks(open);
    expect(await failure(heat, { conf: launch('x'), group: scaling(properties) })).toContain(why);
  });

  it('takes a least step only of a change by percent', async () => {
    await using heat = await serveStacks(open);
    const resources = { conf: launch('x'), group: scaling(), more: policy({ MinAdjustmentStep: 2 }) };
    expect(await failure(heat, resources)).toContain('PercentChangeInCapacity');
  });
});
