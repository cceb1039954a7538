import { expect, it } from 'vitest';
import { listProcesses, parsePs } from './top.ts';

const OUTPUT = `
    PID USER     COMMAND
      1 root     /sbin/init
     42 ann      sh -c sleep 9  &  wait
`;

it('keeps the workload’s processes, and the spaces of a command as one', () => {
  expect(parsePs(OUTPUT, new Set([42]))).toEqual({
    titles: ['PID', 'USER', 'COMMAND'],
    processes: [['42', 'ann', 'sh -c sleep 9 & wait']],
  });
});

it('refuses options that leave out the pid', () => {
  expect(() => parsePs('USER\nroot\n', new Set([1]))).toThrow("Couldn't find PID field in ps output");
});

it('refuses options that ps does not know, in its words', async () => {
  await expect(listProcesses([1], '--no-such-option')).rejects.toMatchObject({
    kind: 'bad-request',
    message: expect.stringMatching(/^ps: .*option/),
  });
});
