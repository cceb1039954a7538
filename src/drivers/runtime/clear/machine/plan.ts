import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RecordValue, Records } from '../agent/records.ts';
import { ROOT_DISKS } from '../root/disks.ts';
import { machineArguments, type MachineDisk, type MachineParts } from './arguments.ts';
import { IGNORE_SHARED, qmpCommand } from './qmp.ts';
import type { MachineShape } from './shape.ts';
import type { Template } from './templates.ts';

/** A machine to be cloned: what the shim needs to know. */
export interface MachineWish {
  readonly parts: MachineParts;
  readonly shape: MachineShape;
  readonly template: Template;
  /** The root's, then volumes; slots that are left over get `spareDisk`. */
  readonly disks: readonly MachineDisk[];
  readonly spareDisk: string;
  readonly netns: string;
  /** Interfaces in `netns`, as many as the shape has. */
  readonly taps: readonly string[];
  /** See `prepareJail`. */
  readonly jail: string;
  /** The `cgroup.procs` of the control groups to be in. */
  readonly groups: readonly string[];
  readonly socket: string;
  /** Records for the agent, in a file. */
  readonly order: string;
  readonly terminal: boolean;
  readonly input: boolean;
  /** Whether the agent waits to be told before it runs the order. */
  readonly hold?: boolean;
}

/** First of the user numbers that machines run as, each its own: nobody else has any so high. */
const FIRST_USER = 2 ** 30;
const TEMPLATE = '/template';

/** The shim's plan, as `agent/shim.c` reads it. Pure. */
export function machinePlan(wish: MachineWish): Records {
  const { parts, shape, template } = wish;
  const disks = [...wish.disks];
  while (disks.length < shape.disks + ROOT_DISKS) disks.push({ file: wish.spareDisk, readOnly: false });
  const args = [
    parts.qemu,
    ...disks.flatMap((_, index) => ['-add-fd', `fd={disk${index}},set=${index}`]),
    ...machineArguments(parts, shape, {
      memoryFile: `${TEMPLATE}/memory`,
      shared: false,
      agent: 'socket,fd={agent}',
      monitor: 'socket,fd={monitor}',
      disks: disks.map((disk, index) => ({ ...disk, file: `/dev/fdset/${index}` })),
      interfaces: wish.taps.map((_, index) => `tap,fd={tap${index}},vhost=off`),
    }),
    '-incoming',
    'defer',
  ];
  return [
    ...all('arg', args),
    ...all('open', [
      `state;r;${template.state}`,
      ...disks.map(({ file, readOnly }, index) => `disk${index};${readOnly ? 'r' : 'rw'};${file}`),
    ]),
    ['netns', wish.netns],
    ...all(
      'tap',
      wish.taps.map((name, index) => `tap${index};${name}`),
    ),
    ['jail', wish.jail],
    ...all('bind', [...jailBinds(parts), `${TEMPLATE};${template.directory}`]),
    ['template', template.memory],
    ['user', FIRST_USER],
    ...all('group', wish.groups),
    ['socket', wish.socket],
    ['order', wish.order],
    [
      'monitor',
      qmpCommand('qmp_capabilities') +
        qmpCommand(...IGNORE_SHARED) +
        qmpCommand('migrate-incoming', { uri: 'fd:{state}' }),
    ],
    ...(wish.terminal ? ([['terminal', 1]] as const) : []),
    ...(wish.input ? ([['input', 1]] as const) : []),
    ...(wish.hold ? ([['hold', 1]] as const) : []),
  ];
}

const all = (name: string, values: readonly RecordValue[]) => values.map((value) => [name, value] as const);

const jailBinds = ({ qemu, accelerator }: MachineParts): readonly string[] => [
  '/usr;/usr',
  ...(qemu.startsWith('/usr/') ? [] : [`${dirname(qemu)};${dirname(qemu)}`]),
  '/dev/null;/dev/null',
  '/dev/urandom;/dev/urandom',
  ...(accelerator === 'kvm' ? ['/dev/kvm;/dev/kvm'] : []),
];

/** The root that a machine's process sees: the places of what is bound into it. As often as one likes. */
export async function prepareJail(jail: string, parts: MachineParts): Promise<void> {
  for (const folder of [
    'usr',
    'dev',
    TEMPLATE,
    ...(parts.qemu.startsWith('/usr/') ? [] : [dirname(parts.qemu)]),
  ])
    await mkdir(join(jail, folder), { recursive: true, mode: 0o755 });
  for (const device of ['null', 'urandom', 'kvm'])
    await writeFile(join(jail, 'dev', device), '', { flag: 'a' });
  for (const folder of ['lib', 'lib64', 'bin'])
    if (!existsSync(join(jail, folder))) await symlink(`usr/${folder}`, join(jail, folder)).catch(() => {}); // another was first
}
