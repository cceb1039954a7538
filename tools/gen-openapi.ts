import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '#kernel/clock.ts';
import { ConfigSchema } from '#kernel/config.ts';
import { Database } from '#kernel/db/database.ts';
import { silentLogger } from '#kernel/log.ts';
import type { Service } from '#kernel/http/service.ts';
import { productVersion } from '../src/cli/version.ts';
import { composeCloud } from '../src/compose.ts';
import { configReference } from './config-reference.ts';
import { openApiOf } from './openapi.ts';

/** `npm run openapi`: the pages that are made of the program. With `--check` nothing is written: exit 1 when one is stale. */
const TOP = join(import.meta.dirname, '..');
const API = 'docs/api';

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
  const wanted = await makePages();
  const stale = await findStale(wanted);
  if (values.check === true && stale.length > 0) {
    console.error(`Not what the program says: ${stale.join(', ')}: run npm run openapi`);
    return 1;
  }
  for (const path of stale) await put(path, wanted.get(path));
  return 0;
}

/** Text by path from the top. */
async function makePages(): Promise<ReadonlyMap<string, string>> {
  const version = productVersion();
  const documents = (await composedServices()).map((service): [string, string] => [
    `${API}/${service.name}.json`,
    `${JSON.stringify(openApiOf(service, version), null, 2)}\n`,
  ]);
  return new Map([...documents, ['docs/reference/config.md', configReference(ConfigSchema)]]);
}

const NO_KEY = Buffer.alloc(32).toString('base64url');

/** Every service, composed of parts that are thrown away. Nothing listens, nothing is started. */
async function composedServices(): Promise<readonly Service[]> {
  const database = Database.open({ kind: 'sqlite', path: ':memory:' });
  const { services, http } = composeCloud({
    config: { http: { host: '', port: 0, publicUrl: '' }, region: '' },
    secrets: { adminPassword: '', tokenKeys: [NO_KEY], masterKeys: [NO_KEY] },
    database,
    directory: '',
    dashboard: '',
    clock: systemClock,
    log: silentLogger,
  });
  await http.close();
  await database.close();
  return services;
}

/** Pages that differ from what they should be, are missing, or belong to a service that is no more. */
async function findStale(wanted: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const present = await readdir(join(TOP, API)).catch(() => []);
  const paths = new Set([...wanted.keys(), ...present.map((name) => `${API}/${name}`)]);
  const stale: string[] = [];
  for (const path of paths) {
    const text = await readFile(join(TOP, path), 'utf8').catch(() => undefined);
    if (text !== wanted.get(path)) stale.push(path);
  }
  return stale;
}

async function put(path: string, text: string | undefined): Promise<void> {
  const file = join(TOP, path);
  if (text === undefined) return rm(file);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
}

process.exitCode = await main();
