import { badRequest } from '#kernel/errors.ts';
import { isMap, type JsonMap } from '../../template/json.ts';
import type { ResourceType } from '../resource-type.ts';
import { flag, list, listOf, mapOf, NEEDED, ref, text } from '../rest/fields.ts';
import { SNAPSHOTS } from '../cinder/collections.ts';
import { IMAGES } from '../glance/web-image.ts';

const DISK = mapOf({
  DeviceName: text('What the machine calls it.', NEEDED),
  Ebs: mapOf(
    {
      DeleteOnTermination: flag('Whether it goes with the machine.', { default: true }),
      SnapshotId: ref(SNAPSHOTS, 'The snapshot that it is made from.'),
      VolumeSize: text('The size in GiB.'),
    },
    'The volume.',
  ),
});

/** What the members of a group are like. It is nothing of its own: groups read it. */
export const launchConfiguration: ResourceType = {
  name: 'AWS::AutoScaling::LaunchConfiguration',
  description: 'What the members of groups that name it are like.',
  properties: {
    ImageId: ref(IMAGES, 'The image.'),
    InstanceType: text('The flavor.'),
    KeyName: text('The keypair.'),
    UserData: text('What machines are given to read.'),
    SecurityGroups: list('Security groups.'),
    BlockDeviceMappings: listOf(DISK, 'Disks.'),
    NovaSchedulerHints: listOf(
      mapOf({ Key: text('The hint.', NEEDED), Value: text('Its value.', NEEDED) }),
      'Where machines should be, or not be.',
    ),
  },
  attributes: {},
  async create({ properties, resource }) {
    assertWhole(properties);
    return resource.physicalName;
  },
  async remove() {
    // nothing is there but the row
  },
  async check() {
    // and that says all
  },
};

function assertWhole({ ImageId: image, InstanceType: flavor, BlockDeviceMappings: disks }: JsonMap): void {
  const wrong = (message: string) => badRequest(message, { code: 'StackValidationFailed' });
  if (image === undefined || flavor === undefined)
    throw wrong('If without InstanceId, ImageId and InstanceType are required.');
  for (const { Ebs: volume } of (disks ?? []) as readonly JsonMap[]) {
    if (!isMap(volume)) throw wrong('Ebs is missing, this is required when specifying BlockDeviceMappings.');
    if (volume['SnapshotId'] === undefined)
      throw wrong('SnapshotId is missing, this is required when specifying BlockDeviceMappings.');
  }
}
