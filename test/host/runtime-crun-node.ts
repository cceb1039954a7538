/** A node in small: starts the workload of its arguments, says the handle, and stays until it is killed. */
import { CrunRuntime } from '#drivers/runtime/crun/driver.ts';
import type { WorkloadSpec } from '#drivers/runtime/driver.ts';

const [base = '', cgroupParent = '', spec = ''] = process.argv.slice(2);
const driver = new CrunRuntime({ base, cgroupParent });
const handle = await driver.ensure(JSON.parse(spec) as WorkloadSpec);
await driver.start(handle);
process.stdout.write(`${JSON.stringify(handle)}\n`);
for await (const _ of driver.events(new AbortController().signal));
