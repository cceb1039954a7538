import { verb } from '../arguments.ts';
import { openSession } from '../cloud.ts';
import { mebibytes, print, printJson, table, terminal } from '../output.ts';
import { listImages, type ShownImage } from '../../sdk/images.ts';

export const images = verb(
  {
    usage: 'images [-q] [--json]',
    options: {
      quiet: { type: 'boolean', short: 'q', help: 'ids alone' },
      json: { type: 'boolean', help: 'as the API shows them' },
    },
    operands: [0, 0],
  },
  async ({ quiet, json }) => {
    const found = await listImages(await openSession());
    if (json === true) printJson(terminal, found);
    else print(terminal, ...(quiet === true ? found.map(({ id }) => id) : describe(found)));
    return 0;
  },
);

export const describe = (found: readonly ShownImage[]): readonly string[] =>
  table([
    ['NAME', 'STATUS', 'SIZE', 'CREATED', 'ID'],
    ...found.map(({ id, name, status, size, created_at }) => [
      name ?? '-',
      status,
      size === null ? '-' : mebibytes(size),
      created_at.slice(0, 16).replace('T', ' '),
      id,
    ]),
  ]);
