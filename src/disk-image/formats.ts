import { open, type FileHandle } from 'node:fs/promises';
import { badRequest, type CloudError } from '#kernel/errors.ts';
import { assertVmdk } from './vmdk.ts';

export const DISK_FORMATS = ['raw', 'qcow2', 'vmdk', 'vdi', 'vhd', 'vhdx', 'iso', 'ploop'] as const;
/** Formats of disk images that are taken in. */
export type DiskFormat = (typeof DISK_FORMATS)[number];

export const isDiskFormat = (text: string | null): text is DiskFormat =>
  DISK_FORMATS.some((format) => format === text);

/** Enough for every header, and for the volume descriptor of an ISO 9660 file system. */
const HEAD_BYTES = 64 << 10;
const VHD_FOOTER_BYTES = 512;
const ISO_MAGIC_AT = 0x8001;

/** The beginning and the end of a file: all that our own checks look at. */
interface Ends {
  readonly head: Buffer;
  readonly tail: Buffer;
}

/** By which bytes a format is known. `raw` is what none of them claims. */
const MAGIC: Readonly<Record<Exclude<DiskFormat, 'raw'>, (ends: Ends) => boolean>> = {
  qcow2: ({ head }) => startsWith(head, 'QFI\xfb'),
  vmdk: ({ head }) => ['KDMV', 'COWD', '# Disk DescriptorFile'].some((magic) => startsWith(head, magic)),
  vdi: ({ head }) => startsWith(head.subarray(0x40), '\x7f\x10\xda\xbe'),
  vhd: ({ head, tail }) => startsWith(head, 'conectix') || startsWith(tail, 'conectix'),
  vhdx: ({ head }) => startsWith(head, 'vhdxfile'),
  ploop: ({ head }) => startsWith(head, 'WithoutFreeSpace') || startsWith(head, 'WithouFreSpacExt'),
  iso: ({ head }) => startsWith(head.subarray(ISO_MAGIC_AT), 'CD001'),
};

/** What a raw image must not look like: something that would be opened as more than its bytes. A footer or an ISO is only bytes. */
const NOT_RAW = ['qcow2', 'vmdk', 'vdi', 'vhdx', 'ploop'] as const;

/**
 * Looks at the headers, before any other program does: the file must be of the format that it is said to be, and refer to no
 * other file. @throws CloudError `bad-request`
 */
export async function assertDiskFormat(path: string, format: DiskFormat): Promise<void> {
  const ends = await readEnds(path);
  if (format === 'raw') return assertRaw(ends);
  if (!MAGIC[format](ends)) throw refused(format, 'the data does not begin as that format does');
  CHECKS[format]?.(ends);
}

function assertRaw(ends: Ends): void {
  const found = NOT_RAW.find((format) => MAGIC[format](ends));
  if (found ?? startsWith(ends.head, 'QED\0'))
    throw refused('raw', `the data is an image of the format ${found ?? 'qed'}`);
}

const CHECKS: Partial<Record<DiskFormat, (ends: Ends) => void>> = {
  qcow2: ({ head }) => assertQcow2(head),
  vmdk: ({ head }) => assertVmdk(head, (why) => refused('vmdk', why)),
  vdi: ({ head }) => {
    const type = head.readUInt32LE(0x4c);
    if (type !== 1 && type !== 2) throw refused('vdi', 'it is neither dynamic nor fixed');
  },
  vhd: ({ head, tail }) => {
    const type = (startsWith(head, 'conectix') ? head : tail).readUInt32BE(60);
    if (type !== 2 && type !== 3) throw refused('vhd', 'it is neither dynamic nor fixed');
  },
};

const QCOW2_EXTERNAL_DATA = 1n << 2n;
/** Dirty, corrupt, external data, compression type, extended L2: what bits there are. */
const QCOW2_KNOWN = (1n << 5n) - 1n;

function assertQcow2(head: Buffer): void {
  if (head.length < 104) throw refused('qcow2', 'the header is cut off');
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw refused('qcow2', `its version ${version} is not known`);
  if (head.readBigUInt64BE(8) !== 0n) throw refused('qcow2', 'it has a backing file');
  const features = version === 2 ? 0n : head.readBigUInt64BE(72);
  if ((features & QCOW2_EXTERNAL_DATA) !== 0n) throw refused('qcow2', 'it has an external data file');
  if ((features & ~QCOW2_KNOWN) !== 0n) throw refused('qcow2', 'it needs features that are not known');
}

async function readEnds(path: string): Promise<Ends> {
  await using file = await open(path);
  const { size } = await file.stat();
  const head = await readAt(file, 0, HEAD_BYTES);
  const tail = await readAt(file, Math.max(0, size - VHD_FOOTER_BYTES), VHD_FOOTER_BYTES);
  return { head, tail };
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

const startsWith = (bytes: Buffer, text: string): boolean =>
  bytes.subarray(0, text.length).equals(Buffer.from(text, 'latin1'));

const refused = (format: DiskFormat, why: string): CloudError =>
  badRequest(`The data cannot be taken as a disk image of the format ${format}: ${why}.`);
