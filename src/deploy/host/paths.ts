import { join } from 'node:path';

/** Every place on a machine that is ours. `root` is '/' but in tests. */
export interface HostPaths {
  readonly etc: string;
  readonly data: string;
  /** What browsers load. */
  readonly dashboard: string;
  readonly run: string;
  readonly log: string;
  readonly config: string;
  readonly secrets: string;
  readonly openrc: string;
  readonly pki: string;
  /** What `up` changed on the machine, so that it can be told or undone. */
  readonly record: string;
  /** Not ours: we keep one entry in it. */
  readonly clouds: string;
  /** Not ours: we keep `hydria-*.service` in it. */
  readonly units: string;
}

export function hostPaths(root = '/'): HostPaths {
  const etc = join(root, 'etc/hydria');
  const data = join(root, 'var/lib/hydria');
  return {
    etc,
    data,
    dashboard: join(data, 'dashboard'),
    run: join(root, 'run/hydria'),
    log: join(root, 'var/log/hydria'),
    config: join(etc, 'config.yaml'),
    secrets: join(etc, 'secrets.yaml'),
    openrc: join(etc, 'admin-openrc'),
    pki: join(etc, 'pki'),
    record: join(data, 'setup.json'),
    clouds: join(root, 'etc/openstack/clouds.yaml'),
    units: join(root, 'etc/systemd/system'),
  };
}

/** The directories that hold nothing but ours, and go as a whole at a purge; the record's own last. */
export const ownDirectories = (paths: HostPaths): readonly string[] => [
  paths.run,
  paths.log,
  paths.etc,
  paths.data,
];
