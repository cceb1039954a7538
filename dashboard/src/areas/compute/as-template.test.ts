import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { templateFor } from './as-template.ts';
import type { WholeContainer } from './container-overview.tsx';

const container = {
  name: 'web',
  image: 'hello',
  cpu: 1,
  memory: '512',
  environment: { GREETING: "it's me" },
  addresses: { n1: [] },
  command: ['/bin/sh', '-c', "echo 'hi'"],
} as unknown as WholeContainer;

const propertiesOf = (template: string): unknown =>
  (parse(template) as { resources: { container: { properties: unknown } } }).resources.container.properties;

it('says how orchestration makes such a container', async () => {
  expect(propertiesOf(await templateFor(container))).toEqual({
    name: 'web',
    image: 'hello',
    command: `'/bin/sh' '-c' 'echo '\\''hi'\\'''`,
    cpu: 1,
    memory: 512,
    environment: { GREETING: "it's me" },
    networks: [{ network: 'n1' }],
  });
});

it('says nothing of what was not asked for', async () => {
  const bare = { ...container, cpu: 0, memory: '0', environment: {}, addresses: {}, command: null };
  expect(propertiesOf(await templateFor(bare as WholeContainer))).toEqual({ name: 'web', image: 'hello' });
});
