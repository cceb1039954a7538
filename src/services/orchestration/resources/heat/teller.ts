import { unavailable } from '#kernel/errors.ts';
import { newSecret } from '#kernel/ids.ts';
import { tellersOf, type Teller, type Tellers } from '../../model/stack-user.ts';
import type { JsonMap } from '../../template/json.ts';
import type { ResourceRun } from '../resource-type.ts';

const keep = (run: ResourceRun, tellers: Tellers): Promise<void> =>
  run.keep({ tellers: tellers as unknown as JsonMap });

interface Wanted extends Pick<Teller, 'name' | 'tells' | 'about'> {
  /** Default: one that nobody knows. */
  readonly password?: string;
}

/** A user who may tell the resource how it went, and nothing else; written down before it is made, so that none is lost. */
export async function tellerOf(
  run: ResourceRun,
  key: string,
  wanted: Wanted,
): Promise<Teller & { readonly id: string; readonly projectId: string }> {
  const { cloud, resource } = run;
  if (!cloud.tellers) throw unavailable('Nobody keeps users for signals.');
  const known = tellersOf(resource)[key] ?? { password: newSecret(), ...wanted };
  await keep(run, { ...tellersOf(resource), [key]: known });
  const made = { ...known, ...(await cloud.tellers.add(known)) };
  await keep(run, { ...tellersOf(run.resource), [key]: made });
  return made;
}

/** A token of such a user's. */
export async function tokenOf(
  { cloud }: ResourceRun,
  { id, password, projectId }: Awaited<ReturnType<typeof tellerOf>>,
): Promise<string> {
  const auth = {
    identity: { methods: ['password'], password: { user: { id, password } } },
    scope: { project: { id: projectId } },
  };
  const { headers } = await cloud.call({
    service: 'identity',
    method: 'POST',
    path: '/auth/tokens',
    body: { auth },
  });
  return headers['x-subject-token'] ?? '';
}

/** Nothing there is success. */
export async function dropTeller(run: ResourceRun, key: string): Promise<void> {
  const { [key]: teller, ...others } = tellersOf(run.resource);
  if (!teller) return;
  await run.cloud.tellers?.remove(teller.name);
  await keep(run, others);
}
