import { exec } from '#kernel/exec.ts';
import type { HostConfig } from '../config-file.ts';
import { exists, type FileOwner } from '../files.ts';
import { expect, OK, type Check } from './check.ts';

const NEW_KERNEL = 'boot a kernel that has it (apt-get install linux-image-amd64, reboot)';

/** What the configured backends of volumes and the folder of backups need. @param control who writes the backups */
export function volumeChecks(volumes: HostConfig['volumes'], control: FileOwner): readonly Check[] {
  const drivers = new Set((volumes?.backends ?? [{ driver: 'file' }]).map(({ driver }) => driver));
  const directory = volumes?.backups?.directory;
  return [
    ...(drivers.has('file') ? [loopDevices] : []),
    ...(drivers.has('lvm') ? [lvmTools, thinPools] : []),
    ...(directory === undefined ? [] : [backupFolder(directory, control)]),
  ];
}

const loopDevices: Check = {
  name: 'loop devices',
  check: async () =>
    expect(
      await exists('/dev/loop-control'),
      '/dev/loop-control is absent',
      `modprobe loop, or ${NEW_KERNEL}`,
    ),
};

const lvmTools: Check = {
  name: 'LVM',
  check: async () => {
    const packages = { lvm: 'lvm2', dmsetup: 'dmsetup', thin_check: 'thin-provisioning-tools' };
    const missing: string[] = [];
    for (const [program, name] of Object.entries(packages))
      if (!(await runs(program, [program === 'thin_check' ? '--version' : 'version']))) missing.push(name);
    const names = missing.join(' ');
    return expect(missing.length === 0, `it does not run: ${names}`, `apt-get install ${names}`);
  },
};

const thinPools: Check = {
  name: 'thin pools',
  check: async () => {
    const targets = await exec('dmsetup', ['targets']).catch(() => ({ stdout: '' }));
    if (targets.stdout.includes('thin-pool')) return OK;
    const loadable = await runs('modprobe', ['--dry-run', '--quiet', 'dm-thin-pool']);
    return expect(loadable, 'the kernel does not know them', `modprobe dm-thin-pool, or ${NEW_KERNEL}`);
  },
};

const backupFolder = (directory: string, { uid, gid }: FileOwner): Check => ({
  name: 'folder of backups',
  check: async () => {
    const who = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
    const mend = `mkdir -p ${directory} && chown ${uid}:${gid} ${directory} && chmod 700 ${directory}`;
    const writable = await runs('setpriv', [...who, 'test', '-d', directory, '-a', '-w', directory]);
    return expect(writable, `control cannot write ${directory}`, mend);
  },
});

const runs = (program: string, args: readonly string[]): Promise<boolean> =>
  exec(program, args).then(
    () => true,
    () => false,
  );
