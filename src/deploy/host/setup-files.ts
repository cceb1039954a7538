import { X509Certificate } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  configText,
  defaultConfig,
  findConfig,
  getConfig,
  listenOn,
  withHttp,
  type HostConfig,
} from './config-file.ts';
import { hasCloud, mergeCloud, openrcText, type Credentials } from './credentials.ts';
import { DAEMONS } from './daemons.ts';
import { exists, findText, isAbsent, ROOT_OWNER, writeWhole, type FileOwner } from './files.ts';
import type { HostPaths } from './paths.ts';
import { remember } from './record.ts';
import { getSecrets, newSecrets, secretsText } from './secrets.ts';
import type { SetupDeps } from './setup.ts';
import type { Step } from './steps.ts';
import { findControlUser } from './user.ts';

/** The files that the daemons and the clients read. */
export const fileSteps = (deps: SetupDeps): readonly Step[] => [
  writeConfig(deps),
  writeSecrets(deps.paths),
  makeCertificates(deps),
  writeOpenrc(deps.paths),
  addCloud(deps.paths),
];

const writeConfig = ({ paths, address, supervisor }: SetupDeps): Step => ({
  name: 'write the configuration',
  mend: `mend ${paths.config}, or move it away to get a new one`,
  done: async () => {
    const config = await findConfig(paths);
    return config !== undefined && (address === undefined || listensOn(config, address));
  },
  run: async () => {
    // What runs with another configuration must end first: were the file there already, nobody would know.
    for (const name of DAEMONS.toReversed()) await supervisor.stop(name);
    const owner = { uid: 0, gid: (await controlOwner()).gid };
    await writeWhole(paths.config, await nextConfig(paths, address), { mode: 0o640, owner });
  },
});

const listensOn = ({ http }: HostConfig, address: string) =>
  isDeepStrictEqual(http, listenOn(address, http.port));

async function nextConfig(paths: HostPaths, address = '127.0.0.1'): Promise<string> {
  const [present, config] = [await findText(paths.config), await findConfig(paths)];
  if (present === undefined || config === undefined) return configText(defaultConfig(paths, address));
  return withHttp(present, listenOn(address, config.http.port));
}

const writeSecrets = (paths: HostPaths): Step => ({
  name: 'make secrets',
  mend: `bring ${paths.secrets} back from a copy; new ones would make all stored secrets unreadable`,
  done: async () => (await exists(paths.secrets)) && (await getSecrets(paths)) !== undefined,
  run: async () => {
    const access = { mode: 0o600, owner: await controlOwner() };
    await writeWhole(paths.secrets, secretsText(newSecrets()), access);
  },
});

const makeCertificates = ({ paths, ensurePki }: SetupDeps): Step => ({
  name: 'make certificates',
  mend: `see ${paths.pki}; moving it away makes a new authority, and other machines must join again`,
  done: async () => (await isFresh(join(paths.pki, 'server.pem'))) && isFresh(join(paths.pki, 'node.pem')),
  run: async () => {
    await ensurePki(paths.pki);
  },
});

/** Whether a certificate will do for a month to come: as long as the authority leaves it alone. */
async function isFresh(path: string): Promise<boolean> {
  const MONTH_MS = 30 * 24 * 3600 * 1000;
  const pem = await findText(path);
  return pem !== undefined && Date.parse(new X509Certificate(pem).validTo) - Date.now() > MONTH_MS;
}

const writeOpenrc = (paths: HostPaths): Step => {
  const wanted = async () => openrcText(await adminCredentials(paths));
  return {
    name: 'write admin-openrc',
    mend: `move ${paths.openrc} away`,
    done: async () => (await findText(paths.openrc)) === (await wanted()),
    run: async () => writeWhole(paths.openrc, await wanted(), { mode: 0o600, owner: ROOT_OWNER }),
  };
};

const addCloud = (paths: HostPaths): Step => ({
  name: `add the cloud to ${paths.clouds}`,
  mend: `see that ${paths.clouds} is valid YAML with a mapping 'clouds'`,
  done: async () => {
    const present = await findText(paths.clouds);
    return present !== undefined && hasCloud(present, await sharedCredentials(paths));
  },
  run: async () => {
    const made = await mkdir(dirname(paths.clouds), { recursive: true });
    if (made !== undefined) await remember(paths, { directories: [made] });
    const text = mergeCloud((await findText(paths.clouds)) ?? '', await sharedCredentials(paths));
    const { mode, uid, gid } = await cloudsAccess(paths);
    await writeWhole(paths.clouds, text, { mode, owner: { uid, gid } });
  },
});

/** A file that others may read keeps its mode, and does not get the password. */
async function sharedCredentials(paths: HostPaths): Promise<Credentials> {
  const { password, ...rest } = await adminCredentials(paths);
  const isPrivate = ((await cloudsAccess(paths)).mode & 0o077) === 0;
  return isPrivate ? { ...rest, password } : rest;
}

async function cloudsAccess(paths: HostPaths): Promise<FileOwner & { readonly mode: number }> {
  try {
    const { mode, uid, gid } = await stat(paths.clouds);
    return { mode: mode & 0o7777, uid, gid };
  } catch (thrown) {
    if (isAbsent(thrown)) return { mode: 0o600, ...ROOT_OWNER };
    throw thrown;
  }
}

async function adminCredentials(paths: HostPaths): Promise<Credentials & { readonly password: string }> {
  const { http, region } = await getConfig(paths);
  return {
    authUrl: `${http.publicUrl}/identity/v3`,
    region,
    username: 'admin',
    password: (await getSecrets(paths)).adminPassword,
    project: 'admin',
  };
}

const controlOwner = async (): Promise<FileOwner> => (await findControlUser()) ?? ROOT_OWNER;
