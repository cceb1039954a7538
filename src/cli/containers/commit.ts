import { verb } from '../arguments.ts';
import { openContainers } from '../cloud.ts';
import { print, terminal } from '../output.ts';

export const commit = verb(
  { usage: 'commit CONTAINER NAME[:TAG]', options: {}, operands: [2, 2] },
  async (_, [ref = '', name = '']) => {
    const [, repository = name, tag = 'latest'] = /^(.+):([^/:]+)$/.exec(name) ?? [];
    print(terminal, await (await openContainers()).commit(ref, repository, tag));
    return 0;
  },
);
