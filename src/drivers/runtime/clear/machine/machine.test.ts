import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { machineArguments, type MachineParts } from './arguments.ts';
import { cpio, FOLDER, PLAIN_FILE } from './cpio.ts';
import { machinePlan, type MachineWish } from './plan.ts';
import { fitsIn, shapeFor, shapeName } from './shape.ts';

const PARTS: MachineParts = {
  qemu: '/usr/bin/qemu',
  firmware: null,
  kernel: '/k',
  initramfs: '/i',
  accelerator: 'tcg',
  tscKhz: 2_000_000,
  mergeMemory: false,
};

describe('the shape of a machine', () => {
  const memory = fc.option(fc.integer({ min: 4, max: 100_000 }));
  const cpu = fc.option(fc.double({ min: 0.1, max: 8, noNaN: true }));

  it('holds the workload that it was chosen for, with room to grow', () => {
    fc.assert(
      fc.property(memory, cpu, (wantedMemory, wantedCpu) => {
        const wish = { memory: wantedMemory, cpu: wantedCpu };
        const shape = shapeFor(wish, { disks: 0, interfaces: 1 });
        expect(fitsIn(shape, wish)).toBe(true);
        if (wantedMemory !== null) expect(fitsIn(shape, { ...wish, memory: wantedMemory * 2 })).toBe(true);
      }),
    );
  });

  it('is one of few, since each costs a template', () => {
    const wishes = Array.from({ length: 4096 }, (_, mib) => ({ cpu: null, memory: mib + 1 }));
    const shapes = new Set(wishes.map((wish) => shapeName(shapeFor(wish, { disks: 0, interfaces: 1 }))));
    expect(shapes.size).toBeLessThanOrEqual(14);
  });
});

describe('an initramfs', () => {
  it('is the same for the same entries, and each part of it lies at a multiple of four', () => {
    const entries = [
      { path: 'bin', mode: FOLDER },
      { path: 'bin/it', mode: PLAIN_FILE, content: Buffer.from('12345') },
    ];
    const archive = cpio(entries);
    expect(cpio(entries)).toEqual(archive);
    expect(archive.length % 4).toBe(0);
    const text = archive.toString('latin1');
    const heads = [...text.matchAll(/070701/g)].map(({ index }) => index);
    expect(heads).toHaveLength(3);
    expect(heads.every((at) => at % 4 === 0)).toBe(true);
    expect(text).toContain('bin/it\0');
    expect(text).toContain('TRAILER!!!\0');
    expect(text.slice((heads[1] ?? 0) + 54, (heads[1] ?? 0) + 62)).toBe('00000005');
  });
});

describe('the plan of a clone', () => {
  const WISH: MachineWish = {
    parts: PARTS,
    shape: { memory: 128, cpus: 1, disks: 2, interfaces: 1 },
    template: { directory: '/t', memory: '/t/memory', state: '/t/state', upper: '/t/upper' },
    disks: [
      { file: '/image', readOnly: true },
      { file: '/upper', readOnly: false },
      { file: '/fresh', readOnly: false },
    ],
    spareDisk: '/spare',
    netns: '/run/netns/x',
    taps: ['hytap0'],
    jail: '/jail',
    groups: ['/g/cgroup.procs'],
    socket: '/s',
    order: '/o',
    terminal: false,
    input: true,
  };
  const values = (name: string, wish = WISH) =>
    machinePlan(wish)
      .filter(([key]) => key === name)
      .map(([, value]) => value);

  it('has the devices of its template: as many disks as the shape, each by a number that was opened for it', () => {
    const opened = values('open');
    expect(opened).toEqual([
      'state;r;/t/state',
      'disk0;r;/image',
      'disk1;rw;/upper',
      'disk2;rw;/fresh',
      'disk3;rw;/spare',
      'disk4;rw;/spare',
    ]);
    const devices = (args: readonly unknown[]) => args.filter((arg) => String(arg).startsWith('virtio-'));
    const template = machineArguments(PARTS, WISH.shape, {
      memoryFile: '/m',
      shared: true,
      agent: 'a',
      monitor: 'm',
      disks: Array.from({ length: 5 }, () => ({ file: '/d', readOnly: false })),
      interfaces: ['hubport,hubid=0'],
    });
    expect(devices(values('arg'))).toEqual(devices(template));
  });

  it('maps the memory of the template privately, and can open nothing of the host for itself', () => {
    const args = values('arg').map(String);
    expect(args.find((arg) => arg.startsWith('memory-backend-file'))).toContain('share=off');
    expect(args.join(' ')).not.toMatch(/\/image|\/upper|\/t\//);
    expect(values('bind')).toEqual([
      '/usr;/usr',
      '/dev/null;/dev/null',
      '/dev/urandom;/dev/urandom',
      '/template;/t',
    ]);
    expect(Number(values('user')[0])).toBeGreaterThan(2 ** 29);
  });

  it.each([true, false])('lets the kernel merge its memory only where that is wanted: %s', (mergeMemory) => {
    const args = values('arg', { ...WISH, parts: { ...PARTS, mergeMemory } }).map(String);
    const memory = args.find((arg) => arg.startsWith('memory-backend-file'));
    expect(memory).toContain(mergeMemory ? ',merge=on' : ',merge=off');
  });

  it('gives the device of KVM only where it is used', () => {
    expect(values('bind', { ...WISH, parts: { ...PARTS, accelerator: 'kvm' } })).toContain(
      '/dev/kvm;/dev/kvm',
    );
  });
});
