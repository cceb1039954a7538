import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { loadKuryrConfig } from '#kernel/config.ts';
import { readAccess } from '#src/openstack/access.ts';
import { Neutron } from '#src/openstack/neutron.ts';
import { OpenStackSession } from '#src/openstack/session.ts';
import { FakeNeutron } from '#test/support/fake-neutron.ts';
import { fitness } from './start.ts';

let directory: string;
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'kuryr-'))));
afterEach(() => rm(directory, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

describe('what Kuryr is told', () => {
  it('is a section of a file that may have nothing else', async () => {
    const path = await write('kuryr.yaml', 'kuryr: { clouds: /etc/clouds.yaml, cloud: theirs }');
    expect(await loadKuryrConfig(path)).toEqual({
      kuryr: { clouds: '/etc/clouds.yaml', cloud: 'theirs' },
      level: 'info',
    });
    const wrong = await write('wrong.yaml', 'kuryr: { clouds: x, colour: red }');
    await expect(loadKuryrConfig(wrong)).rejects.toMatchObject({ kind: 'bad-request' });
  });

  it('are the credentials of a clouds.yaml, by password or application credential', async () => {
    const path = await write(
      'clouds.yaml',
      `clouds:
  one: { auth: { auth_url: 'http://k/v3', username: u, password: p, project_name: q, user_domain_name: D } }
  two: { auth: { auth_url: 'http://k', application_credential_id: i, application_credential_secret: s } }
  none: { auth: { auth_url: 'http://k', username: u } }`,
    );
    expect((await readAccess(path, 'one')).auth).toEqual({
      identity: {
        methods: ['password'],
        password: { user: { name: 'u', domain: { name: 'D' }, password: 'p' } },
      },
      scope: { project: { name: 'q', domain: { id: 'default' } } },
    });
    expect((await readAccess(path, 'two')).auth).toEqual({
      identity: { methods: ['application_credential'], application_credential: { id: 'i', secret: 's' } },
    });
    for (const name of ['none', 'nobody', 'toString'])
      await expect(readAccess(path, name)).rejects.toMatchObject({ kind: 'bad-request' });
  });

  it('shows no line of credentials that cannot be read', async () => {
    const path = await write('clouds.yaml', 'clouds: { a: { auth: { password: "hush');
    await expect(readAccess(path, 'a')).rejects.not.toThrow('hush');
    await expect(readAccess(join(directory, 'nowhere'), 'a')).rejects.toThrow('nowhere');
  });
});

it('a Neutron that lacks what Kuryr needs is asked again, one that has it never', async () => {
  await using neutron = await FakeNeutron.start();
  const session = new OpenStackSession({ access: neutron.access, clock: systemClock });
  const isFit = fitness(new Neutron(session));
  neutron.extensions.splice(0);
  await expect(isFit()).rejects.toThrow('subnet_allocation');
  neutron.extensions.push('subnet_allocation', 'tag-ext');
  await isFit();
  const { length } = neutron.calls;
  await isFit();
  expect(neutron.calls).toHaveLength(length);
});
