/** Something of the user's in a container's file system. `attachmentId`, and the id of a volume made for it, are chosen when it is created. */
export type Mount = VolumeMount | FileMount | SecretMount;

export interface VolumeMount {
  readonly kind: 'volume';
  readonly volumeId: string;
  readonly attachmentId: string;
  /** Of the node that keeps it; null = any will do, for it is yet to be made. */
  readonly host: string | null;
  /** GiB of a volume that comes and goes with the container; null = the volume is its owner's own. */
  readonly madeSize: number | null;
  readonly destination: string;
  readonly readOnly: boolean;
}

/** A volume as whoever holds it has it: one for each, wherever it is mounted. */
export interface HeldVolume extends VolumeMount {
  /** In its template. */
  readonly name: string;
  /** Whether one that was made outlives its holder. */
  readonly stays: boolean;
}

interface AsFile {
  readonly destination: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface FileMount extends AsFile {
  readonly kind: 'file';
  /** Base64. */
  readonly content: string;
}

export interface SecretMount extends AsFile {
  readonly kind: 'secret';
  readonly secretId: string;
}

interface WithMounts {
  readonly settings: { readonly mounts?: readonly Mount[] };
}

export const volumeMounts = ({ settings }: WithMounts): readonly VolumeMount[] =>
  (settings.mounts ?? []).filter((mount) => mount.kind === 'volume');

/** Where volumes are; null = nothing holds them anywhere. */
export const hostOfVolumes = (volumes: readonly VolumeMount[]): string | null =>
  volumes.find(({ host }) => host !== null)?.host ?? null;
