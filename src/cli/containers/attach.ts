import { verb } from '../arguments.ts';
import { openContainers } from '../cloud.ts';
import { exitCodeOf } from '../../sdk/containers.ts';
import { talk } from './talk.ts';
import { stopped } from './waiting.ts';

/** Ctrl-p ctrl-q leaves; the container goes on. */
export const attach = verb(
  { usage: 'attach CONTAINER', options: {}, operands: [1, 1] },
  async (_, [ref = '']) => {
    const containers = await openContainers();
    const { uuid, tty } = await containers.get(ref);
    const ending = await talk(await containers.attach(uuid), { containers, ref: uuid, input: true, tty });
    if (ending.detached) return 0;
    return ending.exitCode ?? exitCodeOf(await stopped(containers, uuid)) ?? 0;
  },
);
