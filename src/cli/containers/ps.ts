import { verb } from '../arguments.ts';
import { openContainers } from '../cloud.ts';
import { print, printJson, table, terminal } from '../output.ts';
import type { ShownContainer } from '../../sdk/containers.ts';

const AT_REST = ['Created', 'Stopped', 'Deleted', 'Dead'];

/** `hydria ps`: what runs, or is about to; with `-a` all. */
export const ps = verb(
  {
    usage: 'ps [-a] [-q] [--json]',
    options: {
      all: { type: 'boolean', short: 'a', help: 'also those that do not run' },
      quiet: { type: 'boolean', short: 'q', help: 'ids alone' },
      json: { type: 'boolean', help: 'as the API shows them' },
    },
    operands: [0, 0],
  },
  async ({ all, quiet, json }) => {
    const found = await (await openContainers()).list();
    const shown = found.filter(({ status }) => all === true || !AT_REST.includes(status));
    if (json === true) printJson(terminal, shown);
    else print(terminal, ...(quiet === true ? shown.map(({ uuid }) => uuid) : describe(shown)));
    return 0;
  },
);

export const describe = (containers: readonly ShownContainer[]): readonly string[] =>
  table([
    ['NAME', 'IMAGE', 'COMMAND', 'STATUS', 'ADDRESSES', 'PORTS', 'ID'],
    ...containers.map((container) => [
      container.name,
      container.image,
      shortened(container.command?.join(' ') ?? ''),
      statusOf(container),
      addressesOf(container).join(', '),
      container.ports.join(', '),
      container.uuid,
    ]),
  ]);

const MAX_COMMAND = 30;
const shortened = (text: string): string =>
  text.length > MAX_COMMAND ? `${text.slice(0, MAX_COMMAND - 1)}…` : text;

/** `Up 5 mins`; why, of what has failed. */
export function statusOf(
  container: Pick<ShownContainer, 'status' | 'status_detail' | 'status_reason' | 'health'>,
) {
  const { status, status_detail: detail, status_reason: reason, health } = container;
  const word = (typeof health === 'string' ? health : health?.status)?.toLowerCase();
  const text = detail?.trim() || status;
  if (status === 'Error' && reason) return `${text}: ${shortened(reason)}`;
  return word === undefined || word === 'none' || status !== 'Running' ? text : `${text} (${word})`;
}

export const addressesOf = ({ addresses }: Pick<ShownContainer, 'addresses'>): string[] =>
  Object.values(addresses).flatMap((list) => list.map(({ addr }) => addr));
