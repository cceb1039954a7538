import { expect, it } from 'vitest';
import { forEachDatabase, openInMemory } from '#test/support/databases.ts';
import { serveStacks, templateOf, text, type StackApi } from './support.ts';

const HEAD = 'heat_template_version: 2021-04-16\nresources:\n';
const large = (count: number, more = '') =>
  HEAD +
  Array.from(
    { length: count },
    (_, at) =>
      `  r${at}: { type: OS::Heat::Value, properties: { value: "some text, so that it is long enough" } }\n`,
  ).join('') +
  more;
const create = (heat: StackApi, fields: object) =>
  heat.call('POST', '/stacks', { body: { stack_name: 'one', ...fields } });
const preview = (heat: StackApi, fields: object) =>
  heat.call('POST', '/stacks/preview', { body: { stack_name: 'one', ...fields } });

forEachDatabase('a large text', (open) => {
  it('is read beside the event loop, which answers others meanwhile', async () => {
    await using heat = await serveStacks(open);
    const template = `${large(900)}# ${'x'.repeat(400_000)}\n`;
    const order: string[] = [];
    const reading = preview(heat, { template }).finally(() => order.push('read'));
    await heat.call('GET', '/stacks').finally(() => order.push('answered'));
    expect((await reading).body.stack.resources).toHaveLength(900);
    expect(order).toEqual(['answered', 'read']);
  });

  it('is shown as it was read where it is large and right', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create(
      {},
      { template: large(400), environment: `parameters: {}\n# ${'x'.repeat(40_000)}` },
    );
    expect((await heat.show(path)).stack_status).toBe('CREATE_COMPLETE');
    const shown = (await heat.call('GET', `${path}/template`)).body;
    expect(Object.keys(shown.resources)).toHaveLength(400);
    const changed = await heat.call('PATCH', path, { body: { template: large(401) } });
    expect(changed.status).toBe(202);
    await heat.idle();
    expect((await heat.call('GET', `${path}/resources`)).body.resources).toHaveLength(401);
  });
});

it.each([
  [
    'a key twice, with its line',
    { template: large(800, '  r0: {}\n') },
    /keys must be unique \(line 803, column 3\)/,
  ],
  ['a section that is none', { template: large(800, 'lunch: {}\n') }, /lunch/],
  ['more than 512 KiB', { template: large(6000) }, /exceeds maximum allowed size/],
  ['more resources than 1,000', { template: large(1001) }, /maximum resources per stack/],
  [
    'an environment with a wrong section',
    { template: large(1), environment: `x: "${'y'.repeat(40_000)}"` },
    /wrong section/,
  ],
  ['nothing but brackets', { template: '['.repeat(100_000) }, /nested more than 64 deep/],
  [
    'maps in maps',
    { template: `${HEAD}  a: ${'{ b: '.repeat(200)}1${' }'.repeat(200)}` },
    /nested more than 64 deep/,
  ],
  [
    'JSON in JSON',
    { template: JSON.parse(`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`) as object },
    /nested more than 64 deep/,
  ],
  [
    'aliases of aliases',
    {
      template: `a: &a [x, x, x, x, x, x, x, x, x, x]\n${Array.from('bcdefgh')
        .map(
          (one, at) =>
            `${one}: &${one} [${Array.from({ length: 10 }, () => `*${'abcdefgh'[at]}`).join(', ')}]`,
        )
        .join('\n')}\n`,
    },
    /Error parsing template/,
  ],
  [
    'a file of the machine that is not sent',
    { template: withFile('file:///etc/passwd') },
    /No content found in the "files" section for get_file path: file:\/\/\/etc\/passwd/,
  ],
  [
    'a path out of its files',
    { template: withFile('../../etc/passwd'), files: { 'a.txt': 'x' } },
    /No content found/,
  ],
  ['what objects inherit', { template: withFile('constructor'), files: {} }, /No content found/],
  [
    'an environment file that is not sent',
    { template: withFile('a'), files: { a: '' }, environment_files: ['file:///etc/shadow'] },
    /not among the files/,
  ],
  [
    'a type that is a file',
    { template: templateOf({ a: { type: 'file:///etc/passwd' } }) },
    /file:\/\/\/etc\/passwd/,
  ],
  [
    'an address of a template',
    { template_url: 'http://169.254.169.254/latest' },
    /template_url is not followed/,
  ],
  ['an address of a file', { template_url: 'file:///etc/passwd' }, /template_url is not followed/],
  ['a container of files', { template: withFile('a'), files_container: 'c' }, /no object store/],
  ['no template', {}, /Template not specified/],
])('bad input is refused, and nothing is made: %s', async (_, fields, message) => {
  await using heat = await serveStacks(openInMemory);
  for (const answer of [await create(heat, fields), await preview(heat, fields)]) {
    expect(answer.status, answer.text.slice(0, 300)).toBe(400);
    expect(answer.body.error.message).toMatch(message);
    expect(answer.text).not.toContain('root:');
  }
  expect((await heat.call('GET', '/stacks')).body.stacks).toEqual([]);
});

function withFile(path: string): object {
  return templateOf({ a: text({ get_file: path }) });
}
