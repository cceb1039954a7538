import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { badRequest, messageOf } from '#kernel/errors.ts';
import { OciRuntime } from './runtime.ts';

/** An OCI runtime, as containerd's shim calls it: `hydria-clear [--base DIR] [--memory DIR] VERB … ID`. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    base: { type: 'string', default: '/var/lib/hydria/node/clear' },
    memory: { type: 'string', default: '/dev/shm/hydria-clear' },
    root: { type: 'string' },
    log: { type: 'string' },
    'log-format': { type: 'string' },
    'systemd-cgroup': { type: 'boolean' },
    bundle: { type: 'string', default: '.' },
    'pid-file': { type: 'string' },
    'console-socket': { type: 'string' },
    'no-pivot': { type: 'boolean' },
    'no-new-keyring': { type: 'boolean' },
    process: { type: 'string' },
    detach: { type: 'boolean' },
    format: { type: 'string' },
    force: { type: 'boolean' },
    all: { type: 'boolean' },
    version: { type: 'boolean' },
  },
});

const print = (text: string): void => void process.stdout.write(`${text}\n`);

function execProcess(): string {
  if (values.process !== undefined && values.detach) return values.process;
  throw badRequest('hydria-clear runs commands as containerd calls it: exec --detach --process FILE ID.');
}

async function main(): Promise<void> {
  if (values.version) return print('hydria-clear version 0.1.0\nspec: 1.0.2');
  const [verb, id = '', signal = 'SIGTERM'] = positionals;
  const runtime = new OciRuntime({ base: values.base, memory: values.memory });
  switch (verb) {
    case 'create':
      return runtime.create({
        id,
        bundle: values.bundle,
        pidFile: values['pid-file'],
        consoleSocket: values['console-socket'],
      });
    case 'start':
      return runtime.start(id);
    case 'state':
      return print(JSON.stringify(await runtime.state(id)));
    case 'exec':
      return runtime.exec({
        id,
        process: execProcess(),
        pidFile: values['pid-file'],
        consoleSocket: values['console-socket'],
      });
    case 'pause':
      return runtime.freeze(id, true);
    case 'resume':
      return runtime.freeze(id, false);
    case 'ps':
      return print(JSON.stringify(await runtime.processes(id)));
    case 'kill':
      return runtime.kill(id, signal);
    case 'delete':
      return runtime.delete(id);
    default:
      throw badRequest(`hydria-clear does not know the verb ${verb}.`);
  }
}

try {
  await main();
} catch (thrown) {
  const msg = messageOf(thrown);
  if (values.log !== undefined)
    await writeFile(
      values.log,
      `${JSON.stringify({ level: 'error', msg, time: new Date().toISOString() })}\n`,
      { flag: 'a' },
    );
  process.stderr.write(`${msg}\n`);
  process.exitCode = 1;
}
