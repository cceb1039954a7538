import { parseArgs } from 'node:util';
import { badRequest } from '#kernel/errors.ts';
import type { AuditEntry } from '../sdk/client.ts';
import { adminClient } from './admin-client.ts';
import { print, table, terminal, type Output } from './output.ts';

const OPTIONS = {
  project: { type: 'string' },
  user: { type: 'string' },
  service: { type: 'string' },
  action: { type: 'string' },
  outcome: { type: 'string' },
  target: { type: 'string' },
  request: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  limit: { type: 'string', default: '50' },
  json: { type: 'boolean' },
} as const;

/** Where an option's name is not the API's. */
const PARAMETERS: Readonly<Record<string, string>> = {
  project: 'project_id',
  user: 'user_id',
  request: 'request_id',
};

/** `hydria audit [--project ID] [--user ID] … [--limit 50] [--json]`: newest first; JSON is one record a line. */
export async function audit(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const { limit, json, ...filters } = values;
  const count = Number(limit);
  if (!Number.isInteger(count) || count < 1) throw badRequest('--limit takes a number from 1 on.');
  const query = {
    all_projects: 'true',
    limit: String(Math.min(count, 1000)),
    ...Object.fromEntries(Object.entries(filters).map(([name, value]) => [PARAMETERS[name] ?? name, value])),
  };
  const entries = (await adminClient()).audit(query);
  if (json === true) await printLines(terminal, entries, count);
  else print(terminal, ...describe(await firstOf(entries, count)));
  return 0;
}

async function printLines(output: Output, entries: AsyncIterable<AuditEntry>, count: number): Promise<void> {
  for (const entry of await firstOf(entries, count)) print(output, JSON.stringify(entry));
}

async function firstOf<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const first: T[] = [];
  for await (const item of items) if (first.push(item) === count) break;
  return first;
}

export const describe = (entries: readonly AuditEntry[]): readonly string[] =>
  table([
    ['TIME', 'WHO', 'WHAT', 'OUTCOME', 'TARGET', 'FROM', 'REQUEST'],
    ...entries.map(({ time, user, service, action, outcome, reason, target, source, request_id }) => [
      time.slice(0, 19).replace('T', ' '),
      user.name || '-',
      action.startsWith(`${service}.`) ? action : `${service}.${action}`,
      reason === '' ? outcome : `${outcome} (${reason})`,
      target,
      source || '-',
      request_id,
    ]),
  ]);
