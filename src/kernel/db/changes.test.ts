import { expect, it } from 'vitest';
import { Changes, type Change } from './changes.ts';

const change = (id: string, what: Change['what']): Change => ({
  service: 's',
  noun: 'thing',
  id,
  projectId: 'p',
  what,
});

const collected = async (work: () => void): Promise<string[]> => {
  const changes = new Changes();
  await changes.collect(async () => work());
  return changes.list().map(({ id, what }) => `${id} ${what}`);
};

it.each([
  ['changes after the making are part of it', ['created', 'updated'], ['a created']],
  ['what is made and deleted was never there', ['created', 'deleted'], []],
  ['many changes are one', ['updated', 'updated'], ['a updated']],
  ['what is changed and deleted is deleted', ['updated', 'deleted'], ['a deleted']],
] as const)('%s', async (_, whats, expected) => {
  expect(
    await collected(() => {
      for (const what of whats) Changes.note(change('a', what));
    }),
  ).toEqual(expected);
});

it('leaves out what somebody tells of in words of its own', async () => {
  expect(
    await collected(() => {
      Changes.note(change('a', 'updated'));
      Changes.told('a');
      Changes.note(change('b', 'updated'));
    }),
  ).toEqual(['b updated']);
});

it('is deaf outside of a transaction', async () => {
  Changes.note(change('a', 'created'));
  expect(await collected(() => {})).toEqual([]);
});
