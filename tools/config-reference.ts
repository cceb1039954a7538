import type { TSchema } from 'typebox';

/** What this page reads of a schema: JSON Schema's own words. */
interface Node {
  readonly type?: string;
  readonly const?: string;
  readonly anyOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The reference page of a configuration file: a row for each key that a person may set. */
export const configReference = (schema: TSchema): string =>
  [
    '# Configuration',
    '',
    'Made by `npm run openapi` from `ConfigSchema` in `src/kernel/config.ts`: change it there.',
    '',
    'The file is `/etc/hydria/config.yaml`. The first `./hydria up` writes it, later ones keep what you change.',
    'After a change: `./hydria down && ./hydria up`. A key that is not listed here is refused at the start.',
    'Passwords and keys stand in `secrets.yaml` beside it, which only root may read.',
    '',
    '| Key | Value | Required | Meaning |',
    '| --- | --- | --- | --- |',
    ...rowsOf(schema, ''),
    '',
  ].join('\n');

function rowsOf(node: Node, prefix: string): readonly string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = prefix + name;
    if (child.properties) return rowsOf(child, `${key}.`);
    const required = node.required?.includes(name) ? 'yes' : 'no';
    return [`| \`${key}\` | ${valueOf(child)} | ${required} | ${child.description ?? ''} |`];
  });
}

function valueOf(node: Node): string {
  if (node.const !== undefined) return `\`${node.const}\``;
  if (node.anyOf) return node.anyOf.map(valueOf).join(', or ');
  if (node.properties) return `\`{ ${Object.entries(node.properties).map(pairOf).join(', ')} }\``;
  if (node.type === 'boolean') return '`true` or `false`';
  if (node.type === 'integer') return `${node.minimum} to ${node.maximum}`;
  return node.pattern === undefined
    ? 'text'
    : `text like \`${node.pattern.replaceAll('|', String.raw`\|`)}\``;
}

const pairOf = ([name, node]: readonly [string, Node]): string => `${name}: ${node.const ?? 'text'}`;
