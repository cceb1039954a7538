import { once } from 'node:events';
import { hostname } from 'node:os';
import { loadKuryrConfig } from '#kernel/config.ts';
import { createLogger } from '#kernel/log.ts';
import { startKuryr } from './start.ts';
import { VifBinding } from './vif-binding.ts';

/** Kuryr alone on a machine, for any OpenStack, until SIGTERM or SIGINT. Containers keep their networks. */
export async function runKuryr(configPath: string): Promise<void> {
  const { kuryr, level } = await loadKuryrConfig(configPath);
  const log = createLogger('kuryr', level);
  const stop = await startKuryr({ config: kuryr, binding: new VifBinding(kuryr.host ?? hostname()), log });
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  await stop();
}
