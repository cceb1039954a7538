import { buildDashboard, installDashboard } from '../deploy/host/dashboard.ts';
import { exists } from '../deploy/host/files.ts';
import { hostPaths } from '../deploy/host/paths.ts';
import { print, terminal } from './output.ts';

/**
 * `hydria dashboard`: builds it where its sources have changed, and puts it where this machine's cloud shows it. `up` does that beside
 * the cloud.
 */
export async function dashboard(): Promise<number> {
  print(
    terminal,
    (await buildDashboard()) ? 'The dashboard is built.' : 'The dashboard is as its sources are.',
  );
  const { data, dashboard: place } = hostPaths();
  if (await exists(data)) await installDashboard(place);
  return 0;
}
