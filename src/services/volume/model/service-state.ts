export type Binary = 'cinder-volume' | 'cinder-backup' | 'cinder-scheduler';

/** What an administrator said of a service. Its id is `binary/host`. What nobody said anything of is enabled. */
export interface ServiceState {
  readonly id: string;
  readonly version: number;
  readonly disabled: boolean;
  readonly disabledReason: string | null;
  /** Nothing is made or deleted there. */
  readonly frozen: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A service as it is listed. */
export interface VolumeProcess extends Pick<ServiceState, 'disabled' | 'disabledReason' | 'frozen'> {
  readonly binary: Binary;
  /** `host@backend` of what keeps volumes, else the host. */
  readonly host: string;
  readonly up: boolean;
  readonly lastSeen: string;
}

export const stateId = (binary: string, host: string): string => `${binary}/${host}`;
