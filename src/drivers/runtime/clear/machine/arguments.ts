import type { MachineShape } from './shape.ts';

export type Accelerator = 'kvm' | 'tcg';

/** The programs and files that a machine is made of. Paths on the host. */
export interface MachineParts {
  readonly qemu: string;
  /** Folder of QEMU's firmware; null = the one that it was built for. */
  readonly firmware: string | null;
  readonly kernel: string;
  readonly initramfs: string;
  readonly accelerator: Accelerator;
  /** Whether the host's kernel may keep equal pages of machines once. */
  readonly mergeMemory: boolean;
  /** Of the time stamp counter, in kHz: the guest has nothing to measure it by. */
  readonly tscKhz: number;
}

/** Where a machine finds the files that it is connected to: paths, or `/dev/fdset/…` and numbers. */
export interface MachineWiring {
  readonly memoryFile: string;
  /** Whether what the machine writes to its memory is in the file: so in the template alone. */
  readonly shared: boolean;
  /** The options of the chardev, such as `socket,path=…`. */
  readonly agent: string;
  readonly monitor: string;
  /** The root's, then volumes. */
  readonly disks: readonly MachineDisk[];
  /** `-netdev` options but for the id. */
  readonly interfaces: readonly string[];
}

export interface MachineDisk {
  readonly file: string;
  readonly readOnly: boolean;
  /** A block device of the host; absent = a plain file. */
  readonly isDevice?: boolean;
}

const MACHINE =
  'microvm,acpi=on,pit=off,pic=off,rtc=off,isa-serial=off,auto-kernel-cmdline=off,x-option-roms=off,memory-backend=memory';
/** ARAT lets an idle guest sleep: see `limits.md` on ticks. x86-64-v2 is what today's distributions want. */
const CPUS: Readonly<Record<Accelerator, string>> = { tcg: 'Nehalem-v1,+arat,+rdrand', kvm: 'host,+invtsc' };
const ACCELERATORS: Readonly<Record<Accelerator, string>> = { tcg: 'tcg,tb-size=32', kvm: 'kvm' };
/** The taps carry whole frames as they are; and with them, a guest would lay out 64 KiB for each frame that may come. */
const NO_OFFLOADS =
  'csum guest_csum gso guest_tso4 guest_tso6 guest_ecn guest_ufo host_tso4 host_tso6 host_ecn host_ufo'
    .split(' ')
    .map((name) => `${name}=off`)
    .join(',');
const SANDBOX = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

/** What the template and its clones have in common: the devices, each with what it is connected to. */
export function machineArguments(
  parts: MachineParts,
  shape: MachineShape,
  wiring: MachineWiring,
): readonly string[] {
  const share = wiring.shared ? 'on' : 'off';
  return [
    '-M',
    MACHINE,
    '-accel',
    ACCELERATORS[parts.accelerator],
    '-cpu',
    CPUS[parts.accelerator],
    '-m',
    String(shape.memory),
    '-smp',
    String(shape.cpus),
    '-object',
    `memory-backend-file,id=memory,size=${shape.memory}M,mem-path=${wiring.memoryFile},share=${share},merge=${parts.mergeMemory ? 'on' : 'off'}`,
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-no-reboot',
    '-sandbox',
    SANDBOX,
    ...(parts.firmware === null ? [] : ['-L', parts.firmware]),
    '-chardev',
    `${wiring.monitor},id=monitor`,
    '-mon',
    'chardev=monitor,mode=control',
    '-device',
    'virtio-serial-device,max_ports=2',
    '-chardev',
    `${wiring.agent},id=agent`,
    '-device',
    'virtserialport,chardev=agent,name=agent',
    ...wiring.disks.flatMap(diskArguments),
    ...wiring.interfaces.flatMap((options, index) => [
      '-netdev',
      `${options},id=net${index}`,
      '-device',
      `virtio-net-device,netdev=net${index},${NO_OFFLOADS}`,
    ]),
  ];
}

const diskArguments = (
  { file, readOnly, isDevice = false }: MachineDisk,
  index: number,
): readonly string[] => [
  '-blockdev',
  [
    `raw,node-name=disk${index},read-only=${readOnly ? 'on' : 'off'}`,
    `file.driver=${isDevice ? 'host_device' : 'file'},file.locking=off,file.filename=${file}`,
  ].join(','),
  '-device',
  `virtio-blk-device,drive=disk${index}`,
];

/** Of the template's kernel. Mitigations would guard a kernel against its only workload, of which it has no secret. */
export const kernelCommandLine = (parts: MachineParts): string =>
  [
    'quiet tsc=reliable no_timer_check rcupdate.rcu_expedited=1 reboot=t panic=-1',
    'cryptomgr.notests net.ifnames=0 random.trust_cpu=on mitigations=off',
    'init_on_alloc=0 audit=0 lsm=capability psi=0 randomize_kstack_offset=off nokaslr transparent_hugepage=never',
    `tsc_early_khz=${parts.tscKhz}`,
  ].join(' ');
