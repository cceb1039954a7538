import type { Ctx } from '#kernel/context.ts';
import { portKind } from '../kinds.ts';
import { networkError, refused } from '../model/errors.ts';
import type { Port } from '../model/port.ts';
import { changed } from '../model/standard.ts';
import type { CreateBindingBody, UpdateBindingBody } from '../schema/binding.ts';
import { portStore } from '../store/ports.ts';
import { bindingStore, type Binding } from '../store/bindings.ts';
import type { NetworkDb } from '../tables.ts';
import type { UseCaseDeps } from './deps.ts';
import { replacePort } from './port-writer.ts';
import { getVisible } from './reader.ts';
import type { Work } from './unit.ts';

/** Use-cases on the hosts a port is prepared for: one is active, which is the port's own; others wait, as while it moves. */
export class BindingService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  list(ctx: Ctx, portId: string): Promise<Binding[]> {
    return this.#deps.unit.run(async ({ tx }) => bindingsOf(tx, await loadPort(ctx, tx, portId)));
  }

  create(ctx: Ctx, portId: string, body: CreateBindingBody): Promise<Binding> {
    return this.#deps.unit.run(async (work) => {
      const port = await loadPort(ctx, work.tx, portId);
      const { host, vnic_type: vnicType = 'normal', profile = {} } = body;
      if ((await bindingsOf(work.tx, port)).some((known) => known.host === host))
        throw refused(
          'PortBindingAlreadyExists',
          `Binding for port ${portId} on host ${host} already exists.`,
        );
      const binding: Binding = { portId, host, vnicType, profile, active: port.host === '' };
      if (binding.active) await replacePort(ctx, work, port, changed(ctx, port, { host, profile }));
      else await bindingStore.insert(work.tx, binding);
      return binding;
    });
  }

  // oxlint-disable-next-line max-params
  update(ctx: Ctx, portId: string, host: string, body: UpdateBindingBody): Promise<Binding> {
    return this.#deps.unit.run(async (work) => {
      const port = await loadPort(ctx, work.tx, portId);
      const before = await findBinding(work.tx, port, host);
      const after = { ...before, profile: body.profile ?? before.profile };
      if (before.active) await replacePort(ctx, work, port, changed(ctx, port, { profile: after.profile }));
      else await bindingStore.replace(work.tx, after);
      return after;
    });
  }

  /** The port moves to this host; the binding it had waits. */
  activate(ctx: Ctx, portId: string, host: string): Promise<Binding> {
    return this.#deps.unit.run(async (work) => {
      const port = await loadPort(ctx, work.tx, portId);
      const next = await findBinding(work.tx, port, host);
      if (next.active)
        throw refused(
          'PortBindingAlreadyActive',
          `Binding for port ${portId} on host ${host} is already active.`,
        );
      await bindingStore.delete(work.tx, portId, host);
      if (port.host !== '') await bindingStore.insert(work.tx, { ...activeOf(port), active: false });
      await replacePort(
        ctx,
        work,
        port,
        changed(ctx, port, { host, profile: next.profile, status: 'BUILD' }),
      );
      return { ...next, active: true };
    });
  }

  delete(ctx: Ctx, portId: string, host: string): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const port = await loadPort(ctx, work.tx, portId);
      const binding = await findBinding(work.tx, port, host);
      if (binding.active) await unbind(ctx, work, port);
      else await bindingStore.delete(work.tx, portId, host);
    });
  }
}

const unbind = (ctx: Ctx, work: Work, port: Port): Promise<void> =>
  replacePort(ctx, work, port, changed(ctx, port, { host: '', profile: {}, status: 'DOWN' }));

async function loadPort(ctx: Ctx, db: NetworkDb, id: string): Promise<Port> {
  const [port] = (await portStore.complete(db, [await getVisible(db, ctx, portKind, id)])) as [Port];
  return port;
}

const activeOf = (port: Port): Binding => ({
  portId: port.id,
  host: port.host,
  vnicType: port.vnicType,
  profile: port.profile,
  active: true,
});

const bindingsOf = async (db: NetworkDb, port: Port): Promise<Binding[]> => [
  ...(port.host === '' ? [] : [activeOf(port)]),
  ...(await bindingStore.waitingFor(db, port.id)),
];

async function findBinding(db: NetworkDb, port: Port, host: string): Promise<Binding> {
  const found = (await bindingsOf(db, port)).find((binding) => binding.host === host);
  if (found) return found;
  throw networkError(
    'not-found',
    'PortBindingNotFound',
    `Binding for port ${port.id} for host ${host} could not be found.`,
  );
}
