import { conflict } from '#kernel/errors.ts';
import { getConfig } from './config-file.ts';
import { COMPILE_CACHE, DAEMONS, findDaemons, type DaemonName } from './daemons.ts';
import type { HostPaths } from './paths.ts';
import { isPortFree } from './ports.ts';
import { findHealth, isReady, waitUntilReady } from './readiness.ts';
import { readRecord, remember } from './record.ts';
import { getSecrets } from './secrets.ts';
import type { SetupDeps } from './setup.ts';
import type { Step } from './steps.ts';

export interface SeedOptions {
  readonly baseUrl: string;
  readonly adminPassword: string;
  readonly region: string;
  readonly externalNetwork: { readonly cidr: string; readonly gateway: string };
  readonly dataDirectory: string;
}

/** From files to a cloud: start the daemons, wait for them, put the first things in. */
export const cloudSteps = (deps: SetupDeps): readonly Step[] => [
  compile(deps),
  ...DAEMONS.map((name) => startDaemon(deps, name)),
  becomeReady(deps),
  seed(deps),
];

const compile = ({ paths, version, supervisor, compile: fill }: SetupDeps): Step => {
  const compiled = `${version} by Node.js ${process.version} in ${COMPILE_CACHE}`;
  return {
    name: 'compile the program',
    mend: 'see that its folder can be written to',
    done: async () =>
      (await readRecord(paths)).compiled === compiled ||
      (await Promise.all(DAEMONS.map((name) => supervisor.watches(name)))).every(Boolean),
    run: async () => {
      await fill();
      await remember(paths, { compiled });
    },
  };
};

const startDaemon = ({ paths, supervisor }: SetupDeps, name: DaemonName): Step => ({
  name: `start ${name}`,
  mend: `see its log: ${supervisor.logHint(name)}`,
  done: () => supervisor.watches(name),
  run: async () => {
    if (name === 'control') await expectFreePorts(paths);
    await supervisor.start(name);
  },
});

/** @throws CloudError `conflict` when a program that is not ours listens where control is to listen. */
async function expectFreePorts(paths: HostPaths): Promise<void> {
  if ((await findDaemons('control', paths)).length > 0) return;
  const { http, ssntp } = await getConfig(paths);
  for (const { host, port } of [http, ssntp]) {
    if (await isPortFree(host, port)) continue;
    throw conflict(
      `another program listens on ${host} port ${port} (ss -ltnp shows which); end it, or change ${paths.config}`,
    );
  }
}

const READY_LIMIT_MS = 60_000;

const becomeReady = ({ paths, supervisor }: SetupDeps): Step => ({
  name: 'wait until every API answers',
  mend: `see ${DAEMONS.map((name) => supervisor.logHint(name)).join(' and ')}, or run ./hydria doctor`,
  done: async () => isReady(await findHealth(await baseUrl(paths))),
  run: async () => {
    const url = await baseUrl(paths);
    await waitUntilReady(() => findHealth(url), READY_LIMIT_MS);
  },
});

const seed = ({ paths, version, seed: fill }: SetupDeps): Step => ({
  name: 'make the first project, networks, flavors and images',
  mend: "see control's log, then run ./hydria up again; it goes on where it stopped",
  done: async () => (await readRecord(paths)).seeded === version,
  run: async () => {
    const { http, region, externalNetwork } = await getConfig(paths);
    const { adminPassword } = await getSecrets(paths);
    await fill({
      baseUrl: http.publicUrl,
      adminPassword,
      region,
      externalNetwork,
      dataDirectory: paths.data,
    });
    await remember(paths, { seeded: version });
  },
});

const baseUrl = async (paths: HostPaths): Promise<string> => (await getConfig(paths)).http.publicUrl;
