import { messageOf } from '#kernel/errors.ts';
import type { Slot } from '#measures/slot.ts';
import type { MeasureQuestion } from '#measures/question.ts';
import type { MetricDeps } from './deps.ts';

/** Questions are told apart by what they say. */
export interface Asked {
  /** Null = there is nobody to ask. */
  readonly host: string | null;
  readonly question: MeasureQuestion;
}
export type Answers = (question: MeasureQuestion) => readonly Slot[];

/** In one message: an alarm asks for a slot or two, a graph for some hundred. */
const AT_ONCE = 200;

/** Asks each node once for all that is wanted of it, and nothing twice. What a node that is away knows is missing. */
export async function askNodes(
  { nodes, log }: Pick<MetricDeps, 'nodes' | 'log'>,
  asked: readonly Asked[],
): Promise<Answers> {
  const known = new Map<string, readonly Slot[]>();
  const distinct = new Map(asked.map((one) => [keyOf(one.question), one]));
  const byHost = Map.groupBy(distinct.values(), ({ host }) => host);
  await Promise.all(
    [...byHost]
      .map(async ([host, questions]) => {
        if (host === null) return;
        for (let at = 0; at < questions.length; at += AT_ONCE) {
          const some = questions.slice(at, at + AT_ONCE).map(({ question }) => question);
          const { answers } = await nodes.request(host, 'measures.read', { questions: some });
          some.forEach((question, index) => known.set(keyOf(question), answers[index] ?? []));
        }
      })
      .map((asking) =>
        asking.catch((thrown: unknown) => log.debug({ why: messageOf(thrown) }, 'a node told no measures')),
      ),
  );
  return (question) => known.get(keyOf(question)) ?? [];
}

const keyOf = ({ id, seconds, from, until }: MeasureQuestion): string => `${id}/${seconds}/${from}/${until}`;
