import { verb } from '../arguments.ts';
import { openContainers } from '../cloud.ts';
import { print, printJson, table, terminal } from '../output.ts';

export const top = verb(
  {
    usage: 'top [--json] CONTAINER [PS-OPTIONS…]',
    options: { json: { type: 'boolean', help: 'as the API shows it' } },
    operands: [1, Infinity],
    endsAtOperand: 1,
  },
  async ({ json }, [ref = '', ...psArgs]) => {
    const found = await (await openContainers()).top(ref, psArgs.join(' ') || undefined);
    if (json === true) printJson(terminal, found);
    else print(terminal, ...table([found.Titles, ...found.Processes]));
    return 0;
  },
);
