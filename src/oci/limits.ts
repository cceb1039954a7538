/** Bounds on what a stranger's archive may make us do. They hold for one image. */
export interface ArchiveLimits {
  /** Files in the outer archive. */
  readonly archiveEntries: number;
  /** Bytes of one JSON file. All of an archive's together: four times that. */
  readonly documentBytes: number;
  readonly layers: number;
  /** Files, directories, links and whiteouts in all layers. */
  readonly entries: number;
  /** UTF-8 bytes of one name, from the layer's root. */
  readonly pathBytes: number;
  /** UTF-8 bytes of all names together: what checking may hold in memory. */
  readonly namesBytes: number;
  /** Bytes of all layers as tar files, after decompression. */
  readonly unpackedBytes: number;
  /** Decompressed bytes per compressed byte, once more than `ratioFreeBytes` came out. */
  readonly ratio: number;
  readonly ratioFreeBytes: number;
}

const MIB = 2 ** 20;

export const DEFAULT_LIMITS: ArchiveLimits = {
  archiveEntries: 10_000,
  documentBytes: 4 * MIB,
  layers: 128,
  entries: 500_000,
  pathBytes: 2048, // PATH_MAX is 4096, and the layer has a place of its own
  namesBytes: 64 * MIB,
  unpackedBytes: 10 * 1024 * MIB,
  ratio: 200, // deflate ends at 1032; file systems of programs stay below 20
  ratioFreeBytes: 64 * MIB,
};
