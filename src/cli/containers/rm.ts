import { CloudError } from '#kernel/errors.ts';
import type { Containers } from '../../sdk/containers.ts';
import { verb } from '../arguments.ts';
import { openContainers } from '../cloud.ts';
import { each } from './each.ts';
import { gone } from './waiting.ts';

export const rm = verb(
  {
    usage: 'rm [-f] CONTAINER…',
    options: {
      force: { type: 'boolean', short: 'f', help: 'also what runs; and what is not there is no error' },
    },
    operands: [1, Infinity],
  },
  async ({ force }, refs) => {
    const containers = await openContainers();
    return each(refs, (ref) => remove(containers, ref, force === true));
  },
);

/** Until it is gone, so that its name is free. */
export async function remove(containers: Containers, ref: string, force: boolean): Promise<void> {
  const found = await containers.find(ref);
  if (found === undefined && force) return;
  const id = found?.uuid ?? ref;
  await containers.remove(id, force ? { stop: true } : {}).catch(async (thrown: unknown) => {
    if (!force || !(thrown instanceof CloudError) || thrown.kind !== 'conflict') throw thrown;
    await containers.remove(id, { force: true }); // in the middle of something: for administrators
  });
  await gone(containers, id);
}
