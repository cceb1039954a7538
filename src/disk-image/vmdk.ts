/** Kinds of VMDK that are one file. */
const SELF_CONTAINED = ['monolithicSparse', 'streamOptimized'];
const SECTOR = 512;
const NO_PARENT = 'ffffffff';

/**
 * A VMDK may be a text that names other files, also files of the host. Only one whose data are in it is good: a sparse extent
 * with a descriptor inside that says the same. @throws what `refused` makes
 */
export function assertVmdk(head: Buffer, refused: (why: string) => Error): void {
  if (head.subarray(0, 4).toString('latin1') !== 'KDMV' || head.length < SECTOR)
    throw refused('it is not one sparse file');
  if (head.readBigUInt64LE(12) === 0n) throw refused('its header gives no size');
  const [at, length] = [head.readBigUInt64LE(28), head.readBigUInt64LE(36)].map((n) => Number(n) * SECTOR);
  if (!at || !length || at + length > head.length) throw refused('its descriptor is missing or misplaced');
  const text = head.toString('latin1', at, at + length).replace(/\0[^]*$/, '');
  const type = /^\s*createType\s*=\s*"?(\w+)"?\s*$/im.exec(text)?.[1] ?? '';
  if (!SELF_CONTAINED.includes(type)) throw refused(`its kind '${type.slice(0, 40)}' is not one file`);
  const parent = /^\s*parentCID\s*=\s*"?(\w+)"?\s*$/im.exec(text)?.[1] ?? NO_PARENT;
  if (parent.toLowerCase() !== NO_PARENT || /^\s*parentFileNameHint/im.test(text))
    throw refused('it has a parent image');
  const extents = text.match(/^\s*(RW|RDONLY|NOACCESS)\s.*$/gim) ?? [];
  if (extents.length !== 1 || !/^\s*RW\s+\d+\s+SPARSE\s+"[^"/]*"\s*$/i.test(extents[0] ?? ''))
    throw refused('its extents are in other files');
}
