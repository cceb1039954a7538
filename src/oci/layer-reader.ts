import { createHash } from 'node:crypto';
import type { LayerContent } from './archive.ts';
import type { Budget } from './budget.ts';
import { decompressed, tapped } from './compression.ts';
import { LayerTree, type Placement } from './layer-tree.ts';
import { refusal } from './refusal.ts';
import { tarEntries, type TarEntry } from './tar.ts';

/** One entry of a layer that may be made as it stands. */
export interface LayerEntry extends Placement, Pick<TarEntry, 'mode' | 'uid' | 'gid' | 'mtime' | 'content'> {}

export interface Layer {
  /** Each checked, in order. What was made of them is to be thrown away when they do not end well. */
  readonly entries: AsyncGenerator<LayerEntry>;
  /** All names; complete when `entries` has ended. */
  readonly tree: LayerTree;
}

/**
 * Opens a layer for one pass. Its entries end well only if it has the digest that the image's configuration promises.
 * They throw CloudError `bad-request` that names the layer and the entry.
 */
export function openLayer(content: LayerContent, budget: Budget): Layer {
  const tree = new LayerTree(content.layer.label, budget);
  return { tree, entries: readEntries(content, tree, budget) };
}

async function* readEntries(
  { layer, content }: LayerContent,
  tree: LayerTree,
  budget: Budget,
): AsyncGenerator<LayerEntry> {
  const hash = createHash('sha256');
  const plain = tapped(decompressed(content, budget.limits, layer.label), (chunk) => {
    hash.update(chunk);
    budget.addBytes(chunk.length);
  });
  for await (const entry of tarEntries(plain, layer.label)) {
    const { mode, uid, gid, mtime, content } = entry;
    yield { ...tree.place(entry), mode, uid, gid, mtime, content };
  }
  if (`sha256:${hash.digest('hex')}` !== layer.diffId)
    throw refusal(`${layer.label} does not match its digest ${layer.diffId}`);
}
