import type { Console } from '#drivers/runtime/driver.ts';
import { CloudError, notFound } from '#kernel/errors.ts';
import type { Session } from '#ssntp/session.ts';
import type { NodeMethods } from './protocol.ts';
import { find, type RequestDeps } from './requests.ts';

type Open = NodeMethods['console.open']['body'];
type Resize = NodeMethods['console.resize']['body'];

/** At the most, over all containers of a session with control. */
const MAX_CONSOLES = 512;

/** What somebody far away types and reads. Law: a console lives no longer than the session over which it was opened. */
export function serveConsoles(session: Session, deps: RequestDeps): void {
  const consoles = new Map<string, Console>();
  const ended = new Map<string, Console['ended']>();
  session.handleStream('console.open', async (body, signal) => {
    const asked = body as Open;
    if (consoles.size >= MAX_CONSOLES)
      throw new CloudError('unavailable', 'This node has too many consoles.');
    const opened = await open(deps, asked);
    consoles.set(asked.console, opened);
    ended.set(asked.console, opened.ended);
    for (const oldest of ended.keys()) if (ended.size > 2 * MAX_CONSOLES) ended.delete(oldest);
    opened.stream.once('close', () => consoles.delete(asked.console)).on('error', () => {}); // its reader sees it
    if (signal.aborted) opened.stream.destroy();
    void feed(session, asked.console, opened);
    return { head: null, stream: opened.stream };
  });
  session.handle('console.ended', async (body) => {
    const { console } = body as NodeMethods['console.ended']['body'];
    const exitCode = (await ended.get(console)) ?? null;
    ended.delete(console);
    return { exitCode };
  });
  session.handle('console.resize', async (body) => {
    const { id, console, size } = body as Resize;
    if (console !== null) {
      const opened = consoles.get(console);
      if (!opened) throw notFound('There is no such console.');
      await opened.resize(size);
    } else {
      const { handle, ability } = find(deps, id, 'attach');
      await ability.resize(handle, size);
    }
    return null;
  });
}

function open(deps: RequestDeps, { id, command, terminal }: Open): Promise<Console> {
  if (command === null) {
    const { handle, ability } = find(deps, id, 'attach');
    return ability.join(handle);
  }
  const { handle, ability } = find(deps, id, 'exec');
  if (!ability.open) throw new CloudError('not-implemented', 'This runtime has no interactive commands.');
  return ability.open(handle, { args: command, terminal });
}

/** What is typed comes until control has no more of it, or the process has ended. */
async function feed(session: Session, console: string, { stream }: Console): Promise<void> {
  try {
    const typed = await session.open<null>('console.input', { console });
    stream.once('close', () => typed.stream.destroy());
    if (stream.destroyed) typed.stream.destroy();
    else typed.stream.pipe(stream);
  } catch (thrown) {
    stream.destroy(CloudError.from(thrown));
  }
}
