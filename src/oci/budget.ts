import type { ArchiveLimits } from './limits.ts';
import { refusal } from './refusal.ts';

/** What the layers of one image have used up of its limits. */
export class Budget {
  readonly limits: ArchiveLimits;
  #entries = 0;
  #namesBytes = 0;
  #bytes = 0;

  constructor(limits: ArchiveLimits) {
    this.limits = limits;
  }

  get entries(): number {
    return this.#entries;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** One more name, named by the archive or implied by another name. */
  addPath(path: string): void {
    this.#entries++;
    this.#namesBytes += Buffer.byteLength(path);
    if (this.#entries > this.limits.entries)
      throw refusal(`its layers hold more than ${this.limits.entries} files`);
    if (this.#namesBytes > this.limits.namesBytes)
      throw refusal(`the names of its files take more than ${this.limits.namesBytes} bytes`);
  }

  /** Bytes of a layer's tar file. */
  addBytes(count: number): void {
    this.#bytes += count;
    if (this.#bytes > this.limits.unpackedBytes)
      throw refusal(`its layers are larger than ${this.limits.unpackedBytes} bytes when unpacked`);
  }
}
