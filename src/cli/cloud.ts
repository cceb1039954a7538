import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { environment } from '#kernel/environment.ts';
import { notFound } from '#kernel/errors.ts';
import { exists } from '../deploy/host/files.ts';
import { hostPaths } from '../deploy/host/paths.ts';
import { accessOf, type CloudEntry, type OpenStackAccess } from '../openstack/cloud-entry.ts';
import { Containers } from '../sdk/containers.ts';
import { Session } from '../sdk/session.ts';
import { GrantFiles } from './grants.ts';

export type Environment = (name: string) => string | undefined;

/** The cloud that the environment names, as every OpenStack client reads it; else this machine's, as its administrator. */
export const openSession = async (): Promise<Session> =>
  new Session(await accessFrom(environment), new GrantFiles());

export const openContainers = async (): Promise<Containers> => new Containers(await openSession());

/** `OS_CLOUD` counts before the other `OS_…`. @throws CloudError `not-found` when nothing names a cloud. */
export async function accessFrom(
  variable: Environment,
  openrc = hostPaths().openrc,
): Promise<OpenStackAccess> {
  const cloud = variable('OS_CLOUD');
  if (cloud) {
    const { readAccess } = await import('../openstack/access.ts');
    return readAccess(await cloudsFile(variable), cloud);
  }
  if (variable('OS_AUTH_URL')) return accessOf(entryFrom(variable));
  const local = await readFile(openrc, 'utf8').catch(() => undefined);
  if (local !== undefined) return accessOf(entryFrom(variablesIn(local)));
  throw notFound(
    'Which cloud? Set OS_CLOUD or OS_AUTH_URL and what belongs to it; the cloud of this machine needs root, and ./hydria up.',
  );
}

const AUTH = [
  'username',
  'user_id',
  'password',
  'user_domain_name',
  'user_domain_id',
  'project_name',
  'project_id',
  'project_domain_name',
  'project_domain_id',
  'application_credential_id',
  'application_credential_secret',
] as const;

function entryFrom(variable: Environment): CloudEntry {
  const given = AUTH.map((name) => [name, variable(`OS_${name.toUpperCase()}`)]).filter(([, value]) => value);
  const [region, kind] = [variable('OS_REGION_NAME'), variable('OS_INTERFACE')];
  return {
    auth: { auth_url: variable('OS_AUTH_URL') ?? '', ...(Object.fromEntries(given) as object) },
    ...(region && { region_name: region }),
    ...(kind && { interface: kind }),
  };
}

/** What a file of `export NAME='value'` sets, as `hydria up` writes it. */
function variablesIn(text: string): Environment {
  const found = [...text.matchAll(/^export (\w+)='((?:[^']|'\\'')*)'$/gm)];
  const values = new Map(
    found.map(([, name, value = '']) => [name, value.replaceAll(String.raw`'\''`, "'")]),
  );
  return (name) => values.get(name);
}

/** Where openstacksdk looks for it, in that order. */
async function cloudsFile(variable: Environment): Promise<string> {
  const named = variable('OS_CLIENT_CONFIG_FILE');
  const config = variable('XDG_CONFIG_HOME') || join(homedir(), '.config');
  const places = named
    ? [named]
    : ['clouds.yaml', join(config, 'openstack/clouds.yaml'), '/etc/openstack/clouds.yaml'];
  for (const place of places) if (await exists(place)) return place;
  throw notFound(`There is no clouds.yaml: not ${places.join(', not ')}.`);
}
