/** A node in small: starts the workload of its arguments, says the handle, runs a command in it if there is one, and stays until it is killed. */
import { CrunRuntime } from '#drivers/runtime/crun/driver.ts';
import type { WorkloadSpec } from '#drivers/runtime/driver.ts';

const [base = '', cgroupParent = '', spec = '', ...args] = process.argv.slice(2);
const driver = new CrunRuntime({ base, cgroupParent });
const handle = await driver.ensure(JSON.parse(spec) as WorkloadSpec);
await driver.start(handle);
process.stdout.write(`${JSON.stringify(handle)}\n`);
if (args.length > 0) void driver.exec.run(handle, { args, timeoutSeconds: 600, maxOutput: 0 });
for await (const _ of driver.events(new AbortController().signal));
