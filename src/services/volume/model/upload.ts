/** A volume that is being copied to an image. */
export interface Upload {
  /** Of the image, too. */
  readonly id: string;
  readonly version: number;
  readonly volumeId: string;
  readonly projectId: string;
  readonly format: 'raw' | 'qcow2' | 'vmdk' | 'vdi' | 'vhd' | 'vhdx';
  readonly host: string;
  readonly backend: string;
  readonly desired: boolean;
  readonly generation: number;
  /** How it went: null = it goes on; empty = well. */
  readonly outcome: string | null;
}
