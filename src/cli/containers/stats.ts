import { setTimeout as sleep } from 'node:timers/promises';
import { CloudError } from '#kernel/errors.ts';
import type { Containers, Stats } from '../../sdk/containers.ts';
import { verb } from '../arguments.ts';
import { openContainers } from '../cloud.ts';
import { print, printJson, table, terminal } from '../output.ts';

const CLEAR = '\x1b[H\x1b[2J';
const SECOND = 1000;

export const stats = verb(
  {
    usage: 'stats [--no-stream] [--json] [CONTAINER…]',
    options: {
      'no-stream': { type: 'boolean', help: 'once; where no person looks on, it is always once' },
      json: { type: 'boolean', help: 'once, as the API shows it' },
    },
    operands: [0, Infinity],
  },
  async ({ json, 'no-stream': once }, refs) => {
    const containers = await openContainers();
    if (json === true) printJson(terminal, Object.fromEntries(await read(containers, refs)));
    const isWatched = process.stdout.isTTY && once !== true && json !== true;
    for (;;) {
      if (!isWatched) break;
      process.stdout.write(CLEAR);
      print(terminal, ...describe(await read(containers, refs)));
      await sleep(SECOND);
    }
    if (json !== true) print(terminal, ...describe(await read(containers, refs)));
    return 0;
  },
);

/** Of those that are named, else of all that run. */
async function read(containers: Containers, refs: readonly string[]): Promise<[string, Stats][]> {
  if (refs.length > 0) return Promise.all(refs.map(async (ref) => [ref, await containers.stats(ref)]));
  const running = (await containers.list()).filter(({ status }) => status === 'Running');
  const found = await Promise.all(
    running.map(async ({ uuid, name }): Promise<[string, Stats][]> => {
      const shown = await containers.stats(uuid).catch(unlessItEnded);
      return shown ? [[name, shown]] : [];
    }),
  );
  return found.flat();
}

function unlessItEnded(thrown: unknown): undefined {
  if (thrown instanceof CloudError && ['conflict', 'not-found'].includes(thrown.kind)) return undefined;
  throw thrown;
}

export const describe = (all: readonly (readonly [string, Stats])[]): readonly string[] =>
  table([
    ['NAME', 'CPU %', 'MEMORY / LIMIT', 'MEM %', 'NET I/O', 'BLOCK I/O'],
    ...all.map(([name, shown]) => [
      name,
      shown['CPU %'].toFixed(2),
      `${shown['MEM USAGE(MiB)'].toFixed(1)} / ${shown['MEM LIMIT(MiB)'].toFixed(0)} MiB`,
      shown['MEM %'].toFixed(2),
      amounts(shown['NET I/O(B)']),
      amounts(shown['BLOCK I/O(B)']),
    ]),
  ]);

/** `1234/5678` for people. */
const amounts = (pair: string): string =>
  pair
    .split('/')
    .map((bytes) => amount(Number(bytes)))
    .join(' / ');

function amount(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
