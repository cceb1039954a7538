import { once } from 'node:events';
import { mkdir, stat } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { loadConfig, loadSecrets, type Config } from '#kernel/config.ts';
import { Database } from '#kernel/db/database.ts';
import { exec } from '#kernel/exec.ts';
import { nameUuid } from '#kernel/ids.ts';
import { loadAllLazy } from '#kernel/lazily.ts';
import { createLogger, type Logger } from '#kernel/log.ts';
import { releaseMemoryAtRest } from '#kernel/memory.ts';
import { ensurePki } from '#ssntp/pki.ts';
import { Role } from '#ssntp/roles.ts';
import { createSsntpServer } from '#ssntp/server.ts';
import { composeCloud } from './compose.ts';

/** What control is called in SSNTP: the same after each start. */
const CONTROL_UUID = nameUuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'hydria.control');

/** The control process: all APIs, the scheduler, the tasks. Ends on SIGTERM or SIGINT. */
export async function runControl(configPath: string): Promise<void> {
  const config = await loadConfig(configPath);
  const secrets = await loadSecrets(configPath);
  const { host } = config.ssntp;
  const ips = isIP(host) === 0 ? [] : [host];
  const { server: tls } = await ensurePki(config.pki, { name: hostname(), ips });
  const log = createLogger('control', config.log.level);
  const directory = join(config.data, 'control');
  const database = Database.open(databaseOf(config, directory)); // opens nothing before its first query
  const cloud = composeCloud({
    config,
    secrets,
    database,
    directory,
    dashboard: join(config.data, 'dashboard'),
    policyDirectory: dirname(configPath),
    clock: systemClock,
    log,
  });
  await cloud.http.ready();
  await loadWhatWillBeOutOfReach();
  // All that only root may read has been read, modules that libraries load late among it: from here on control is nobody special.
  await becomeUser(config.user ?? 'hydria', log);
  await mkdir(directory, { recursive: true });

  await cloud.start();
  const ssntp = createSsntpServer({
    tls,
    uuid: CONTROL_UUID,
    roles: Role.Server | Role.Scheduler | Role.Controller,
    configure: () => ({}),
    logger: log,
    clock: systemClock,
    onSession: (session) => cloud.placement.nodes.accept(session),
  });
  await ssntp.listen(config.ssntp.port, config.ssntp.host);
  await cloud.http.listen({ host: config.http.host, port: config.http.port });
  log.info({ url: config.http.publicUrl }, 'control is ready');
  releaseMemoryAtRest();

  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  log.info('control stops');
  await ssntp.close();
  await cloud.stop();
  await database.close();
}

const databaseOf = (config: Config, directory: string) =>
  config.database.kind === 'sqlite'
    ? ({ kind: 'sqlite', path: join(directory, 'hydria.db') } as const)
    : config.database;

/**
 * What few clouds need is loaded when it is needed: the library of certificates alone takes 20 MB. But at once where the
 * checkout is one that nobody but root may read.
 */
async function loadWhatWillBeOutOfReach(): Promise<void> {
  for (let path = import.meta.dirname; path !== '/'; path = dirname(path)) {
    if (((await stat(path)).mode & 0o005) === 0o005) continue;
    return loadAllLazy();
  }
}

/**
 * Gives up root for good. Every module that is needed is loaded by now, so that a checkout that only root may read is no obstacle.
 * Anybody else stays who they are.
 */
async function becomeUser(name: string, log: Logger): Promise<void> {
  if (process.getuid?.() !== 0 || name === '') return;
  flushCompileCache(); // root's own: nobody else may write what root will run
  const uid = Number((await exec('id', ['-u', name])).stdout);
  const gid = Number((await exec('id', ['-g', name])).stdout);
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  log.info({ user: name }, 'gave up root');
}
