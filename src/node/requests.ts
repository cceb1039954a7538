import type { RuntimeDriver, RuntimeHandle } from '#drivers/runtime/driver.ts';
import { CloudError, conflict, notFound } from '#kernel/errors.ts';
import type { Session } from '#ssntp/session.ts';
import type { NodeMethods } from './protocol.ts';
import { serveConsoles } from './consoles.ts';
import type { World } from './world.ts';

export interface RequestDeps {
  readonly world: World;
  readonly runtimes: ReadonlyMap<string, RuntimeDriver>;
}

const EXEC_OUTPUT_BYTES = 1024 * 1024;
const BATCH_CHARACTERS = 32 * 1024;

type ContainerMethod = Extract<keyof NodeMethods, `container.${string}`>;
/** The others are streams, or come with one: see `container-files.ts`. */
type Answering = Exclude<
  ContainerMethod,
  'container.logs' | 'container.commit' | `container.${string}-archive`
>;
type Handlers = {
  readonly [M in Answering]: (body: NodeMethods[M]['body']) => Promise<NodeMethods[M]['answer']>;
};

/** What control may ask of a container on this node. */
export function serveContainers(session: Session, deps: RequestDeps): void {
  for (const [method, handler] of Object.entries(handlers(deps)))
    session.handle(method, (body) => handler(body as never));
  session.handleStream('container.logs', async (body, signal) => {
    const { id, query, follow } = body as NodeMethods['container.logs']['body'];
    const { handle, ability } = find(deps, id, 'logs');
    if (!follow) return { head: null, stream: asLines(ability.read(handle, query), BATCH_CHARACTERS) };
    if (!ability.follow) throw new CloudError('not-implemented', 'This runtime cannot follow logs.');
    return { head: null, stream: asLines(ability.follow(handle, query, signal), 0) };
  });
  serveConsoles(session, deps);
}

const handlers = (deps: RequestDeps): Handlers => ({
  'container.exec': ({ id, args, timeoutSeconds }) => {
    const { handle, ability } = find(deps, id, 'exec');
    return ability.run(handle, { args, timeoutSeconds, maxOutput: EXEC_OUTPUT_BYTES });
  },
  'container.signal': async ({ id, signal }) => {
    const { handle, ability } = find(deps, id, 'signal');
    await ability.send(handle, signal);
    return null;
  },
  'container.stats': ({ id }) => {
    const { driver, handle } = locate(deps, id);
    return driver.stats(handle);
  },
  'container.top': ({ id, psArgs }) => {
    const { handle, ability } = find(deps, id, 'top');
    return ability.list(handle, psArgs);
  },
});

type AbilityName = 'attach' | 'exec' | 'signal' | 'top' | 'logs' | 'archive' | 'commit';

/** @throws CloudError `not-implemented` for what its runtime cannot do, and what `locate` throws. */
export function find<A extends AbilityName>(deps: RequestDeps, id: string, name: A) {
  const { driver, handle } = locate(deps, id);
  const ability = driver[name];
  if (ability) return { handle, ability: ability as NonNullable<RuntimeDriver[A]> };
  throw new CloudError('not-implemented', `The runtime ${driver.name} has no ${name}.`);
}

/** @throws CloudError `not-found` for a container that is not here; `conflict` for one that is not made yet. */
function locate(
  { world, runtimes }: RequestDeps,
  id: string,
): { driver: RuntimeDriver; handle: RuntimeHandle } {
  const entry = world.find('container', id);
  if (!entry?.wanted) throw notFound(`There is no container ${id} on this node.`);
  const { handle } = entry.facts.workload;
  const driver = handle && runtimes.get(handle.runtime);
  if (!handle || !driver) throw conflict(`The container ${id} has not been made yet.`);
  return { driver, handle };
}

/** @param batch so many characters go together, where nobody waits for the first. */
async function* asLines(items: AsyncIterable<unknown>, batch: number): AsyncGenerator<Uint8Array> {
  let text = '';
  for await (const item of items) {
    text += `${JSON.stringify(item)}\n`;
    if (text.length < batch) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}
