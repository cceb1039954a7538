import { existsSync } from 'node:fs';
import { messageOf } from '#kernel/errors.ts';
import type { RuntimeProbe } from '../driver.ts';
import type { Engine } from './engine.ts';
import { BUSYBOX } from './images.ts';

/** 20.10, the oldest with all that is asked of it. */
const OLDEST_API = 41;

/** Whether Docker is there and can do it. Never throws. */
export async function probeEngine(engine: Engine): Promise<RuntimeProbe & { readonly version?: string }> {
  if (process.getuid?.() !== 0) return unusable('The docker runtime needs root: run the node as root.');
  if (!existsSync(BUSYBOX)) return unusable(`There is no ${BUSYBOX}: install busybox-static.`);
  try {
    const [info, version] = await engine.ask((docker) => Promise.all([docker.info(), docker.version()]));
    const security = (info.SecurityOptions ?? []) as readonly string[];
    const foreign = security.find((option) => /name=(userns|rootless)/.test(option));
    if (foreign !== undefined)
      return unusable(
        `Docker runs with ${foreign}: it cannot join the cloud's networks. Take that from its configuration.`,
      );
    if (Number(version.ApiVersion.split('.')[1]) < OLDEST_API)
      return unusable(`Docker ${version.Version} is too old: 20.10 or newer is needed.`);
    return { usable: true, version: version.Version };
  } catch (thrown) {
    return unusable(`${messageOf(thrown)} Install the package docker.io, or start dockerd.`);
  }
}

const unusable = (reason: string): RuntimeProbe => ({ usable: false, reason });
