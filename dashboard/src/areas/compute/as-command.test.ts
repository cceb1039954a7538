import { expect, it } from 'vitest';
import { commandFor, quote } from './as-command.ts';
import type { WholeContainer } from './container-overview.tsx';

const container = {
  name: 'web',
  image: 'hello',
  cpu: 1,
  memory: '512',
  interactive: true,
  environment: { GREETING: "it's me" },
  addresses: { n1: [] },
  command: ['/bin/sh', '-c', 'echo $HOME; exit 1'],
} as unknown as WholeContainer;

it('says how the upstream command line makes such a container', () => {
  expect(commandFor(container)).toBe(
    "openstack appcontainer run --name web --cpu 1 --memory 512 --interactive --environment 'GREETING=it'\\''s me' " +
      "--net network=n1 hello /bin/sh -c 'echo $HOME; exit 1'",
  );
});

it('says that it is to be in a machine of its own, but not what the cloud chose', () => {
  expect(commandFor({ ...container, runtime: 'clear' })).toContain(' --runtime clear ');
  expect(commandFor({ ...container, runtime: 'crun' })).not.toContain('runtime');
});

it('says nothing of what was not asked for', () => {
  const bare = {
    ...container,
    cpu: 0,
    memory: '0',
    interactive: false,
    environment: {},
    addresses: {},
    command: null,
  };
  expect(commandFor(bare)).toBe('openstack appcontainer run --name web hello');
});

it('lets a shell carry nothing out that somebody has named', () => {
  for (const word of ['$(reboot)', '`reboot`', 'a;reboot', 'a b', '', "'"])
    expect(quote(word)).toMatch(/^'.*'$/);
});
