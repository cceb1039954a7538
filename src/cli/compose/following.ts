import { messageOf } from '#kernel/errors.ts';
import type { Containers, LogFilter, LogLine, ShownContainer } from '../../sdk/containers.ts';
import { LABELS } from '../../compose-file/plan.ts';
import { print, terminal } from '../output.ts';

/** Follows several at once, each line with whose it is, until all have ended or nobody wants more. */
export async function followAll(
  containers: Containers,
  all: readonly ShownContainer[],
  filter: LogFilter,
  signal?: AbortSignal,
): Promise<void> {
  const width = Math.max(0, ...all.map((one) => labelOf(one).length));
  await Promise.all(
    all.map(async (one) => {
      const write = ({ text }: LogLine) => print(terminal, `${labelOf(one).padEnd(width)} | ${text}`);
      try {
        for await (const line of containers.follow(one.uuid, filter, signal)) write(line);
      } catch (thrown) {
        if (signal?.aborted !== true) terminal.err.write(`${labelOf(one)}: ${messageOf(thrown)}\n`);
      }
    }),
  );
}

export async function printAll(
  containers: Containers,
  all: readonly ShownContainer[],
  filter: LogFilter,
): Promise<void> {
  const width = Math.max(0, ...all.map((one) => labelOf(one).length));
  for (const one of all) {
    const lines = (await containers.logs(one.uuid, filter, false)).split('\n').slice(0, -1);
    print(terminal, ...lines.map((line) => `${labelOf(one).padEnd(width)} | ${line}`));
  }
}

export const labelOf = ({ labels }: Pick<ShownContainer, 'labels'>): string =>
  `${labels[LABELS.service]}-${labels[LABELS.number]}`;
