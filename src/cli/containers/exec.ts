import { verb } from '../arguments.ts';
import { openContainers } from '../cloud.ts';
import { talk } from './talk.ts';

/** The exit code is the command's; the cloud tells it as the console closes. */
export const exec = verb(
  {
    usage: 'exec [-i] [-t] CONTAINER COMMAND…',
    options: {
      interactive: { type: 'boolean', short: 'i', help: 'pass on what is typed, or piped in' },
      tty: { type: 'boolean', short: 't', help: 'with a terminal' },
    },
    operands: [2, Infinity],
    endsAtOperand: 1,
  },
  async ({ interactive = false, tty = false }, [ref = '', ...command]) => {
    const containers = await openContainers();
    const offer = await containers.execute(ref, command, tty);
    const { exitCode } = await talk(offer, { containers, ref, input: interactive, tty });
    return exitCode ?? 0;
  },
);
