import { buildDashboard, installDashboard, shellSize } from '../deploy/host/dashboard.ts';
import { exists } from '../deploy/host/files.ts';
import { hostPaths } from '../deploy/host/paths.ts';
import { print, terminal } from './output.ts';

/**
 * `hydria dashboard`: builds it where its sources have changed, and puts it where this machine's cloud shows it. `up` does that beside
 * the cloud.
 */
export async function dashboard(): Promise<number> {
  const isNew = await buildDashboard();
  const size = `${Math.ceil((await shellSize()) / 1024)} KiB of script before its first page`;
  print(terminal, `The dashboard ${isNew ? 'is built' : 'is as its sources are'}: ${size}.`);
  const { data, dashboard: place } = hostPaths();
  if (await exists(data)) await installDashboard(place);
  return 0;
}
