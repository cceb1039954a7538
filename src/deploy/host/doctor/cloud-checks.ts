import { findConfig } from '../config-file.ts';
import { DAEMONS, findDaemons, type DaemonName, type Supervisor } from '../daemons.ts';
import { ROOT_OWNER, hasAccess } from '../files.ts';
import type { HostPaths } from '../paths.ts';
import { isPortFree } from '../ports.ts';
import { describeHealth, findHealth, type Health } from '../readiness.ts';
import { findControlUser } from '../user.ts';
import { expect, OK, type Check } from './check.ts';

/** Whether what `up` made is as it made it, and alive. */
export const cloudChecks = (paths: HostPaths, supervisor: Supervisor): readonly Check[] => [
  filePermissions(paths),
  ports(paths),
  ...DAEMONS.map((name) => daemonAlive(name, paths, supervisor)),
  apiReady(paths),
  nodeConnected(paths),
];

const filePermissions = (paths: HostPaths): Check => ({
  name: 'permissions of files',
  check: async () => {
    const control = (await findControlUser()) ?? ROOT_OWNER;
    const wanted = [
      [paths.config, 0o640, { uid: 0, gid: control.gid }],
      [paths.secrets, 0o600, control],
      [paths.openrc, 0o600, ROOT_OWNER],
    ] as const;
    for (const [path, mode, owner] of wanted) {
      if (await hasAccess(path, mode, owner)) continue;
      const mend = `chown ${owner.uid}:${owner.gid} ${path} && chmod ${mode.toString(8)} ${path}`;
      return {
        problem: `${path} is absent, or others may read it`,
        mend: `./hydria up; if it stays: ${mend}`,
      };
    }
    return OK;
  },
});

const ports = (paths: HostPaths): Check => ({
  name: 'ports',
  check: async () => {
    if ((await findDaemons('control', paths)).length > 0) return OK; // they are ours
    const config = await findConfig(paths);
    if (config === undefined) return OK; // there is nothing yet to listen
    for (const { host, port } of [config.http, config.ssntp]) {
      if (await isPortFree(host, port)) continue;
      return {
        problem: `another program listens on ${host} port ${port}`,
        mend: `see which: ss -ltnp 'sport = :${port}'; end it, or change ${paths.config}`,
      };
    }
    return OK;
  },
});

const daemonAlive = (name: DaemonName, paths: HostPaths, supervisor: Supervisor): Check => ({
  name: `${name} runs`,
  check: async () => {
    const [running, watched] = [await findDaemons(name, paths), await supervisor.watches(name)];
    const log = `./hydria up; its log: ${supervisor.logHint(name)}`;
    if (!watched)
      return { problem: running.length > 0 ? 'it has no supervisor' : 'it is stopped', mend: log };
    return expect(running.length > 0, 'it ends again and again', `see its log: ${supervisor.logHint(name)}`);
  },
});

const apiReady = (paths: HostPaths): Check => ({
  name: 'API',
  check: async () => {
    const health = await currentHealth(paths);
    return expect(health?.ready === true, describeHealth(health), './hydria up');
  },
});

const nodeConnected = (paths: HostPaths): Check => ({
  name: 'node connected',
  check: async () => {
    const health = await currentHealth(paths);
    return expect((health?.nodes ?? 0) >= 1, 'control sees no node', './hydria down && ./hydria up');
  },
});

async function currentHealth(paths: HostPaths): Promise<Health | undefined> {
  const config = await findConfig(paths);
  return config === undefined ? undefined : findHealth(config.http.publicUrl);
}
