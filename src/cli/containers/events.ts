import { verb } from '../arguments.ts';
import { openSession } from '../cloud.ts';
import { print, terminal } from '../output.ts';
import { followEvents, type CloudEvent } from '../../sdk/events.ts';

export const events = verb(
  {
    usage: 'events [-f] [--after NUMBER] [--json]',
    options: {
      follow: { type: 'boolean', short: 'f', help: 'as it always does' },
      after: {
        type: 'string',
        help: 'NUMBER  of the last event that is known; without it, what happens from now on',
      },
      json: { type: 'boolean', help: 'one JSON object a line' },
    },
    operands: [0, 0],
  },
  async ({ after, json }) => {
    for await (const event of followEvents(await openSession(), { from: after }))
      print(terminal, json === true ? JSON.stringify(event) : lineOf(event));
    return 0;
  },
);

const lineOf = ({ seq, at, type, resource, payload }: CloudEvent): string => {
  const { name } = (payload ?? {}) as { name?: unknown };
  return [seq, at, type, resource, typeof name === 'string' ? name : ''].join('  ').trimEnd();
};
