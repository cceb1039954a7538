/** What goes into an archive. `content` of a folder or device is empty. */
export interface CpioEntry {
  readonly path: string;
  /** As in stat(2): type and permissions. */
  readonly mode: number;
  readonly content?: Uint8Array;
  /** Of a device. */
  readonly device?: { readonly major: number; readonly minor: number };
}

export const FOLDER = 0o040755;
export const PROGRAM = 0o100755;
export const PLAIN_FILE = 0o100644;
export const CHARACTER_DEVICE = 0o020600;

const TRAILER: CpioEntry = { path: 'TRAILER!!!', mode: 0 };
const ALIGNMENT = 4;

/** A `newc` archive, as the kernel unpacks it: Documentation/driver-api/early-userspace/buffer-format.rst. Same entries, same bytes. */
export function cpio(entries: readonly CpioEntry[]): Buffer {
  return Buffer.concat([...entries, TRAILER].flatMap((entry, index) => packed(entry, index + 1)));
}

function packed(
  { path, mode, content = new Uint8Array(), device }: CpioEntry,
  inode: number,
): readonly Uint8Array[] {
  const name = Buffer.from(`${path}\0`);
  const fields = [
    inode,
    mode,
    0,
    0,
    1,
    0,
    content.length,
    0,
    0,
    device?.major ?? 0,
    device?.minor ?? 0,
    name.length,
    0,
  ];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return [header, name, padding(header.length + name.length), content, padding(content.length)];
}

const padding = (length: number): Uint8Array =>
  new Uint8Array((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);
