import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Budget } from './budget.ts';
import { ancestors } from './entry-path.ts';
import { LayerTree } from './layer-tree.ts';
import { DEFAULT_LIMITS } from './limits.ts';

const newTree = () => new LayerTree('the layer', new Budget(DEFAULT_LIMITS));
const file = (name: string) => ({ name, type: 'file', target: '' }) as const;
const directory = (name: string) => ({ name, type: 'directory', target: '' }) as const;

test('names are cleaned, and directories that they imply are made first', () => {
  expect(newTree().place(file('./a//b/./c'))).toEqual({
    kind: 'file',
    path: 'a/b/c',
    target: '',
    parents: ['a', 'a/b'],
  });
});

test('a directory may come again, for its attributes', () => {
  const tree = newTree();
  tree.place(file('a/b'));
  expect(tree.place(directory('a/'))).toMatchObject({ kind: 'directory', path: 'a', parents: [] });
});

test('a whiteout hides a name, unless the layer itself has it', () => {
  const tree = newTree();
  for (const name of ['a/.wh.gone', '.wh.file', 'file', '.wh.dir', 'dir/new']) tree.place(file(name));
  expect(tree.whiteouts()).toEqual(['a/gone']);
  expect(tree.opaques()).toEqual(['dir']);
});

test('an opaque marker hides what is in its directory, which comes to be', () => {
  const tree = newTree();
  expect(tree.place(file('a/b/.wh..wh..opq'))).toMatchObject({ kind: 'nothing', parents: ['a', 'a/b'] });
  expect(tree.opaques()).toEqual(['a/b']);
});

test('the bookkeeping of aufs is passed over', () => {
  const tree = newTree();
  expect(tree.place(file('.wh..wh.plnk/1.2'))).toMatchObject({ kind: 'nothing', parents: [] });
  expect([...tree.whiteouts(), ...tree.opaques()]).toEqual([]);
});

test('nothing can be in a whiteout', () => {
  expect(() => newTree().place(file('.wh.a/b'))).toThrow(/goes through a whiteout/);
});

test('a hard link to a symbolic link is one more name of the link, and no way through it', () => {
  const tree = newTree();
  tree.place({ name: 'out', type: 'symlink', target: '/' });
  expect(tree.place({ name: 'too', type: 'hardlink', target: './out' })).toMatchObject({
    kind: 'hardlink',
    target: 'out',
  });
  expect(() => tree.place(file('too/etc'))).toThrow(/goes through "too", which is a symlink/);
});

test.each(['', '/etc/passwd', '../b', 'dir', 'out/b', 'gone'])('a hard link to %j is refused', (target) => {
  const tree = newTree();
  tree.place(directory('dir'));
  tree.place({ name: 'out', type: 'symlink', target: '/' });
  expect(() => tree.place({ name: 'a', type: 'hardlink', target })).toThrow(/refused/);
});

test('whatever comes, nothing is made outside, through anything but directories, or twice', () => {
  const name = fc.array(fc.constantFrom('a', 'b', 'c', '..', '.', '', '.wh.a', '.wh..', '.wh..wh..opq'), {
    maxLength: 4,
  });
  const path = name.map((parts) => parts.join('/'));
  const type = fc.constantFrom('file', 'directory', 'symlink', 'hardlink');
  fc.assert(
    fc.property(fc.array(fc.record({ name: path, type, target: path })), (entries) => {
      const tree = newTree();
      const made = new Map<string, string>([['', 'directory']]);
      for (const entry of entries) {
        const placement = attempt(() => tree.place(entry));
        if (!placement) return;
        for (const parent of placement.parents) make(made, parent, 'directory');
        if (placement.kind !== 'nothing') make(made, placement.path, placement.kind);
        if (placement.kind === 'hardlink') expect(made.get(placement.target)).not.toBe('directory');
      }
      for (const hidden of tree.whiteouts()) make(made, hidden, 'device');
      for (const opaque of tree.opaques()) expect(made.get(opaque)).toBe('directory');
    }),
  );
});

/** What the file system would do, which refuses what the tree must not ask for. */
function make(made: Map<string, string>, path: string, kind: string): void {
  expect(path).not.toMatch(/^\/|(^|\/)\.{1,2}(\/|$)/);
  for (const parent of ancestors(path)) expect(made.get(parent)).toBe('directory');
  if (!(kind === 'directory' && made.get(path) === 'directory')) expect(made.has(path)).toBe(false);
  made.set(path, kind);
}

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
