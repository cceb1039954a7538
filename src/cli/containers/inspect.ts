import { verb } from '../arguments.ts';
import { openContainers } from '../cloud.ts';
import { printJson, terminal } from '../output.ts';

export const inspect = verb(
  { usage: 'inspect CONTAINER…', options: {}, operands: [1, Infinity] },
  async (_, refs) => {
    const containers = await openContainers();
    printJson(terminal, await Promise.all(refs.map((ref) => containers.get(ref))));
    return 0;
  },
);
