import type { Budget } from './budget.ts';
import { ancestors, entryPath } from './entry-path.ts';
import { refusal, shown } from './refusal.ts';
import type { TarEntry } from './tar.ts';

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
const BOOKKEEPING = '.wh..wh.'; // of aufs; means nothing in an image

type Kind = 'file' | 'directory' | 'symlink';
type NamedEntry = Pick<TarEntry, 'name' | 'type' | 'target'>;

/** What to make for one entry of a layer. Paths are relative to the layer's root, and safe: see `LayerTree`. */
export interface Placement {
  /** `nothing`: make the parents alone. */
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink' | 'nothing';
  readonly path: string;
  /** Path of the file to link to, or a symbolic link's text. */
  readonly target: string;
  /** Directories that no entry has named yet, to be made first, topmost first. */
  readonly parents: readonly string[];
}

/**
 * The names of one layer, and the rules of the jail as pure logic. Since a layer is unpacked into an empty directory of
 * its own, this knows everything that is there, and upholds:
 * - every ancestor of a path is a directory: nothing is ever reached through a symbolic link;
 * - no path but a directory comes twice (OCI image specification, layer.md): nothing is ever replaced;
 * - a hard link's target is a file or symbolic link of this layer.
 */
export class LayerTree {
  readonly #budget: Budget;
  readonly #label: string;
  readonly #kinds = new Map<string, Kind>([['', 'directory']]);
  readonly #whiteouts = new Set<string>();
  readonly #opaques = new Set<string>();

  /** @param label names the layer in refusals */
  constructor(label: string, budget: Budget) {
    this.#label = label;
    this.#budget = budget;
  }

  /** @throws CloudError `bad-request` for an entry that breaks the jail or the budget; the layer is then done for. */
  place(entry: NamedEntry): Placement {
    const path = entryPath(entry.name, this.#budget.limits, this.#label);
    const parts = path.split('/');
    const base = parts.at(-1) ?? '';
    const nothing = { kind: 'nothing', path, target: '' } as const;
    if (parts.some((part) => part.startsWith(BOOKKEEPING) && part !== OPAQUE))
      return { ...nothing, parents: [] };
    if (parts.slice(0, -1).some((part) => part.startsWith(WHITEOUT)))
      throw this.#refusal(path, 'goes through a whiteout');
    const parents = this.#addAncestors(path);
    if (!base.startsWith(WHITEOUT)) return { ...this.#addPath(path, entry), path, parents };
    this.#addWhiteout(path, base);
    return { ...nothing, parents };
  }

  /** Paths that hide what lower layers hold there. A name that this layer also fills hides by being there. */
  whiteouts(): string[] {
    return [...this.#whiteouts].filter((path) => !this.#kinds.has(path));
  }

  /** Directories that hide the content of the same directory in lower layers. */
  opaques(): string[] {
    const replaced = [...this.#whiteouts].filter((path) => this.#kinds.get(path) === 'directory');
    return [...new Set([...this.#opaques, ...replaced])];
  }

  #addAncestors(path: string): string[] {
    const missing: string[] = [];
    for (const parent of ancestors(path)) {
      const kind = this.#kinds.get(parent);
      if (kind !== undefined && kind !== 'directory')
        throw this.#refusal(path, `goes through ${shown(parent)}, which is a ${kind}`);
      if (kind === undefined) missing.push(parent);
    }
    for (const parent of missing) this.#record(parent, 'directory');
    return missing;
  }

  #addPath(path: string, { type, target }: NamedEntry): Pick<Placement, 'kind' | 'target'> {
    const before = this.#kinds.get(path);
    if (before && !(before === 'directory' && type === 'directory'))
      throw this.#refusal(path, path === '' ? 'is the root, yet no directory' : 'comes twice');
    if (type !== 'hardlink') {
      this.#record(path, type);
      return { kind: type, target: type === 'symlink' ? this.#symlinkText(path, target) : '' };
    }
    const linked = this.#hardLinkTarget(path, target);
    this.#record(path, linked.kind);
    return { kind: 'hardlink', target: linked.path };
  }

  #hardLinkTarget(from: string, target: string): { path: string; kind: Kind } {
    const path = entryPath(target, this.#budget.limits, `the hard link ${shown(from)} of ${this.#label}`);
    const kind = this.#kinds.get(path);
    if (kind === undefined || kind === 'directory')
      throw this.#refusal(from, `is a hard link to ${shown(target)}, which is no file of this layer`);
    return { path, kind };
  }

  /** Any text is allowed, as the container alone will follow it; it must only be one that the kernel takes. */
  #symlinkText(path: string, text: string): string {
    if (text === '' || text.includes('\0') || Buffer.byteLength(text) > this.#budget.limits.pathBytes)
      throw this.#refusal(path, 'is a symbolic link with an impossible target');
    return text;
  }

  #addWhiteout(path: string, base: string): void {
    const directory = path.slice(0, -base.length);
    const hidden = base.slice(WHITEOUT.length);
    this.#budget.addPath(path);
    if (base === OPAQUE) this.#addOpaque(path, directory.slice(0, -1));
    else if (['', '.', '..'].includes(hidden)) throw this.#refusal(path, 'is a whiteout of no name');
    else this.#whiteouts.add(directory + hidden);
  }

  #addOpaque(path: string, directory: string): void {
    if (directory === '') throw this.#refusal(path, 'hides all layers below it, which is not supported');
    this.#opaques.add(directory);
  }

  #record(path: string, kind: Kind): void {
    this.#budget.addPath(path);
    this.#kinds.set(path, kind);
  }

  #refusal(path: string, why: string) {
    return refusal(`the entry ${shown(path)} in ${this.#label} ${why}`);
  }
}
