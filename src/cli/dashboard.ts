import { buildDashboard, shellSize } from '../deploy/host/dashboard.ts';
import { print, terminal } from './output.ts';

/** `hydria dashboard`: builds it where its sources have changed. `up` does that beside the cloud, `test` before the tests. */
export async function dashboard(): Promise<number> {
  const isNew = await buildDashboard();
  const size = `${Math.ceil((await shellSize()) / 1024)} KiB of script before its first page`;
  print(terminal, `The dashboard ${isNew ? 'is built' : 'is as its sources are'}: ${size}.`);
  return 0;
}
