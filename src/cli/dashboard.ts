import { buildDashboard } from '../deploy/host/dashboard.ts';
import { print, terminal } from './output.ts';

/** `hydria dashboard`: builds it where its sources have changed. `up` does that beside the cloud, `test` before the tests. */
export async function dashboard(): Promise<number> {
  print(
    terminal,
    (await buildDashboard()) ? 'The dashboard is built.' : 'The dashboard is as its sources are.',
  );
  return 0;
}
