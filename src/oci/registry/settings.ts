import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How a registry is reached. One that is not configured is reached by its name, over TLS that the machine trusts. */
export interface RegistryOptions {
  /** As images name it: `registry.example:5000`. */
  readonly domain: string;
  /** Where it really is, perhaps with a path; default `domain`. */
  readonly location?: string;
  /** Asked first, in this order. */
  readonly mirrors?: readonly string[];
  /** Path of a PEM file with the authorities of the registry and its mirrors. */
  readonly ca?: string;
  /** Whether plain HTTP and unknown certificates are good enough. */
  readonly insecure?: boolean;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Files that tell one run of skopeo which registries there are and who it is. */
export interface SkopeoSettings {
  readonly registries: string;
  readonly auth: string;
  readonly certificates: string;
}

/** @param directory private, empty, in memory: the login lies in it */
export async function writeSettings(
  directory: string,
  registries: readonly RegistryOptions[],
  { domain, login }: { readonly domain: string; readonly login: Login | null },
): Promise<SkopeoSettings> {
  const settings = {
    registries: join(directory, 'registries.conf'),
    auth: join(directory, 'auth.json'),
    certificates: join(directory, 'certificates'),
  };
  await mkdir(settings.certificates, { mode: 0o700 });
  await writeFile(settings.registries, registriesConf(registries), { mode: 0o600 });
  await writeFile(settings.auth, authFile(domain, login), { mode: 0o600 });
  const ca = registries.find((registry) => registry.domain === domain)?.ca;
  if (ca !== undefined) await copyFile(ca, join(settings.certificates, 'ca.crt'));
  return settings;
}

/** Version 2 of containers-registries.conf(5). A JSON text is a TOML string. */
export const registriesConf = (registries: readonly RegistryOptions[]): string =>
  ['unqualified-search-registries = []', ...registries.map(registryTable)].join('\n');

function registryTable({
  domain,
  location = domain,
  mirrors = [],
  insecure = false,
}: RegistryOptions): string {
  const place = (where: string) => `location = ${JSON.stringify(where)}\ninsecure = ${insecure}\n`;
  return [
    `[[registry]]\nprefix = ${JSON.stringify(domain)}\n${place(location)}`,
    ...mirrors.map((mirror) => `[[registry.mirror]]\n${place(mirror)}`),
  ].join('');
}

/** An empty one keeps skopeo from looking for others. The login is good for the registry alone, not for its mirrors. */
const authFile = (domain: string, login: Login | null): string =>
  JSON.stringify({ auths: login === null ? {} : { [domain]: { auth: base64(login) } } });

const base64 = ({ username, password }: Login): string =>
  Buffer.from(`${username}:${password}`).toString('base64');
