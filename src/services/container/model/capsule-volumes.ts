import { checkDestinations } from '#kernel/destinations.ts';
import { badRequest } from '#kernel/errors.ts';
import type { CapsuleTemplate, MemberTemplate } from '../schema/capsule.ts';
import { flagOf } from '../schema/common.ts';
import type { HeldVolume, VolumeMount } from './mount.ts';

/** A volume of a template, as the user named it. */
export interface VolumeRequest {
  readonly name: string;
  /** Id; empty for one that is to be made. */
  readonly volume: string;
  readonly madeSize: number | null;
  /** Whether one that is made stays when the capsule goes. */
  readonly stays: boolean;
  /** Where the first member has it. */
  readonly destination: string;
  /** Whether no member writes to it. */
  readonly readOnly: boolean;
}

/** A volume of a template, in one of its members. */
export interface MemberMount {
  readonly name: string;
  readonly destination: string;
  readonly readOnly: boolean;
}

type Spec = CapsuleTemplate['spec'];

/** @throws CloudError `bad-request` for volumes that are none, mounts of such, and volumes that no member has */
export function readVolumes(spec: Spec): VolumeRequest[] {
  const volumes = spec.volumes ?? [];
  const names = volumes.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw badRequest(`Invalid input for field volumes: there are two named ${twice}.`);
  const mounts = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(readMemberMounts);
  const unknown = mounts.find(({ name }) => !names.includes(name));
  if (unknown) throw badRequest(`Invalid input for field volumeMounts: there is no volume ${unknown.name}.`);
  return volumes.map((volume) =>
    readVolume(
      volume,
      mounts.filter(({ name }) => name === volume.name),
    ),
  );
}

/** @throws CloudError `bad-request` for places where nothing can be mounted */
export function readMemberMounts({ volumeMounts = [] }: MemberTemplate): MemberMount[] {
  const plain = checkDestinations(volumeMounts.map(({ mountPath }) => mountPath));
  return volumeMounts.map(({ name, readOnly }, index) => ({
    name,
    destination: plain[index] ?? '',
    readOnly: flagOf(readOnly),
  }));
}

function readVolume(
  { name, cinder }: NonNullable<Spec['volumes']>[number],
  mounts: readonly MemberMount[],
): VolumeRequest {
  const invalid = (why: string) => badRequest(`Invalid input for field volumes: ${name} ${why}.`);
  const { volumeID, size, autoRemove } = cinder;
  if ((volumeID === undefined) === (size === undefined)) throw invalid('needs either a volumeID or a size');
  const madeSize = size === undefined ? null : Number(size);
  if (madeSize !== null && !(Number.isSafeInteger(madeSize) && madeSize >= 1))
    throw invalid('has a size that is no number of GB');
  const [first] = mounts;
  if (!first) throw invalid('is mounted by no container');
  const readOnly = mounts.every((mount) => mount.readOnly);
  if (madeSize !== null && readOnly) throw invalid('is new and empty, and nobody could write to it');
  const { destination } = first;
  return { name, volume: volumeID ?? '', madeSize, stays: !flagOf(autoRemove), destination, readOnly };
}

/** What a member has of the capsule's volumes. */
export const mountsInMember = (
  mounts: readonly MemberMount[],
  volumes: readonly HeldVolume[],
): VolumeMount[] =>
  mounts.flatMap(({ name, destination, readOnly }) => {
    const held = volumes.find((volume) => volume.name === name);
    if (!held) return [];
    const { name: _name, stays: _stays, ...volume } = held;
    return { ...volume, destination, readOnly: readOnly || held.readOnly };
  });
