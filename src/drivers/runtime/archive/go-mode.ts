import { constants } from 'node:fs';

const { S_IFMT, S_IFDIR, S_IFLNK, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK } = constants;

const GO_TYPES: Readonly<Record<number, number>> = {
  [S_IFDIR]: 2 ** 31,
  [S_IFLNK]: 2 ** 27,
  [S_IFBLK]: 2 ** 26,
  [S_IFCHR]: 2 ** 26 + 2 ** 21,
  [S_IFIFO]: 2 ** 25,
  [S_IFSOCK]: 2 ** 24,
};

/** `os.FileMode` of Go, in which Docker tells of modes. */
export const goMode = (mode: number): number =>
  (mode & 0o777) +
  (GO_TYPES[mode & S_IFMT] ?? 0) +
  (mode & 0o4000 ? 2 ** 23 : 0) +
  (mode & 0o2000 ? 2 ** 22 : 0) +
  (mode & 0o1000 ? 2 ** 20 : 0);
