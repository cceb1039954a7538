import { exec } from '#kernel/exec.ts';
import { Guest, type Exec } from '#test/support/guest.ts';

/** Where LVM is tested: a machine with an empty disk in a file, and the commands of a workload on it. */
export class LvmMachine {
  readonly exec: Exec;
  readonly device: string;
  readonly #group: string;
  readonly #end: () => Promise<void>;

  private constructor(run: Exec, disk: { group: string; device: string; end: () => Promise<void> }) {
    this.exec = run;
    this.device = disk.device;
    this.#group = disk.group;
    this.#end = disk.end;
  }

  static async with(run: Exec, group: string, leave: () => void): Promise<LvmMachine> {
    const file = (await run('mktemp', ['/tmp/hydria-lvm-XXXXXX'])).stdout.trim();
    await run('truncate', ['-s', '256M', file]);
    const device = (await run('losetup', ['--find', '--show', file])).stdout.trim();
    const end = async () => {
      await run('losetup', ['--detach', device]);
      await run('rm', [file]);
      leave();
    };
    return new LvmMachine(run, { group, device, end });
  }

  /** Of what is in the pool. */
  async names(): Promise<string[]> {
    const args = ['lvs', '--noheadings', '-o', 'lv_name', '-S', 'pool_lv=hydria', this.#group];
    const { stdout } = await this.exec('lvm', args);
    return stdout.split('\n').flatMap((line) => line.trim() || []);
  }

  /** Takes away all that is in the pool. */
  async clear(): Promise<void> {
    await this.exec('lvm', ['lvremove', '--yes', '--select', 'pool_lv=hydria', this.#group], {
      timeout: 60_000,
    });
  }

  async bytesOf(device: string): Promise<number> {
    return Number((await this.exec('blockdev', ['--getsize64', device])).stdout);
  }

  async read(device: string, offset: number, length: number): Promise<string> {
    const part = [`skip=${offset}`, `count=${length}`, 'iflag=skip_bytes,count_bytes'];
    const { stdout } = await this.exec('dd', [`if=${device}`, ...part, 'status=none']);
    if (stdout.length !== length) throw new Error(`${device} ends before ${offset + length}.`);
    return stdout.replaceAll('\0', '');
  }

  async write(device: string, offset: number, input: string): Promise<void> {
    const how = ['oflag=seek_bytes', 'conv=notrunc,fsync', 'status=none'];
    await this.exec('dd', [`of=${device}`, `seek=${offset}`, ...how], { input });
  }

  /** Holds the device open. @returns what lets it go */
  async use(device: string): Promise<() => Promise<unknown>> {
    const holder = (await this.exec('losetup', ['--find', '--show', device])).stdout.trim();
    return () => this.exec('losetup', ['--detach', holder]);
  }

  async close(): Promise<void> {
    await this.exec('lvm', ['vgremove', '--yes', '--force', this.#group], { timeout: 60_000 });
    await this.#end();
  }
}

/** This machine where its kernel has thin volumes; otherwise one that is emulated, with the kernel of Debian. */
export async function lvmMachine(group: string): Promise<LvmMachine> {
  if (await isCapable()) return LvmMachine.with(exec, group, () => {});
  const guest = await Guest.start({
    modules: ['dm-thin-pool', 'loop'],
    programs: ['lvm', 'dmsetup', 'thin_check', 'blockdev', 'losetup', 'dd', 'truncate', 'blkdiscard'],
    files: { 'etc/lvm/lvm.conf': ALONE },
  });
  return LvmMachine.with(guest.exec, group, () => guest.close());
}

/** For LVM where nothing but the tests runs: no daemons, no copies of its metadata, no memory locked in advance. */
const ALONE = `
activation { udev_sync=0 udev_rules=0 monitoring=0 reserved_memory=0 reserved_stack=0 }
devices {
  obtain_device_list_from_udev=0 use_devicesfile=0 sysfs_scan=0
  multipath_component_detection=0 md_component_detection=0 external_device_info_source="none"
}
backup { backup=0 archive=0 }
global { use_lvmpolld=0 event_activation=0 }
`;

const isCapable = (): Promise<boolean> =>
  exec('modprobe', ['--quiet', 'dm-thin-pool'], { okCodes: [0, 1] })
    .then(() => exec('dmsetup', ['targets']))
    .then(
      ({ stdout }) => stdout.includes('thin-pool'),
      () => false,
    );
