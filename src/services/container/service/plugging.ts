import { storeCtx, type Ctx } from '#kernel/context.ts';
import { badRequest, CloudError, conflict } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import {
  containerNotFound,
  containerTarget,
  type AttachedPort,
  type Container,
  type PluggingState,
} from '../model/container.ts';
import { addGroup, assertNotAttached, freeDevice, removeGroup, type GroupChange } from '../model/plugging.ts';
import { assertCan } from '../model/states.ts';
import { ATTACH_NETWORK } from '../tasks/attach-network.ts';
import { DETACH_NETWORK } from '../tasks/detach-network.ts';
import { SET_GROUPS } from '../tasks/set-groups.ts';
import { changeContainer, newAction, recordAction } from './changes.ts';
import type { ContainerDeps } from './deps.ts';
import type { ContainerLookup } from './lookup.ts';
import { resolveNet } from './nets.ts';

/** Either of the two, by id or name. */
export interface Plug {
  readonly network?: string | undefined;
  readonly port?: string | undefined;
}

/** What a request begins: a task, and the name by which the container's record has it. */
interface Beginning {
  readonly action: string;
  readonly taskState: PluggingState;
  readonly kind: string;
  /** The task's input beside the container's id. Throws where the container is not in a state for it. */
  readonly input: (container: Container) => object;
}

/** Where a container is plugged in, changed while it runs. One such change at a time: another gets a conflict. */
export class ContainerPlugging {
  readonly #deps: ContainerDeps;
  readonly #lookup: ContainerLookup;

  constructor(deps: ContainerDeps, lookup: ContainerLookup) {
    this.#deps = deps;
    this.#lookup = lookup;
  }

  async attach(ctx: Ctx, ref: string, wish: Plug & { readonly fixedIp?: string | undefined }): Promise<void> {
    const { id } = await this.#lookup.get(ctx, ref, 'container:network_attach');
    const { network, port, fixedIp } = wish;
    if (port !== undefined && fixedIp !== undefined)
      throw badRequest('Invalid input for field fixed_ip: a port has its addresses already.');
    const net = {
      ...(network === undefined ? {} : { network }),
      ...(port === undefined ? {} : { port }),
      ...(fixedIp === undefined ? {} : { 'v4-fixed-ip': fixedIp }),
    };
    const found = await resolveNet(this.#deps, ctx, net, newUuid());
    const networkId = found.networkId ?? (await this.#deps.networks.getPort(ctx, found.portId)).networkId;
    await this.#begin(ctx, id, {
      action: 'network_attach',
      taskState: 'network_attaching',
      kind: ATTACH_NETWORK,
      input(container) {
        assertNotAttached(container, networkId);
        const primary = container.placement.ports.length === 0;
        const { securityGroups } = container.settings;
        return { request: { ...found, securityGroups, device: freeDevice(container), primary } };
      },
    });
  }

  async detach(ctx: Ctx, ref: string, plug: Plug): Promise<void> {
    const container = await this.#lookup.get(ctx, ref, 'container:network_detach');
    const isMeant = await this.#meant(ctx, container, plug);
    await this.#begin(ctx, container.id, {
      action: 'network_detach',
      taskState: 'network_detaching',
      kind: DETACH_NETWORK,
      input({ id, placement: { ports, resolver } }) {
        const going = ports.filter(isMeant);
        if (going.length > 0) return { ports: going, resolver };
        throw badRequest(`Container ${id} is not attached to ${plug.network ?? plug.port}.`);
      },
    });
  }

  addGroup(ctx: Ctx, ref: string, name: string): Promise<void> {
    const names = { action: 'add_security_group', taskState: 'sg_adding' } as const;
    return this.#changeGroups(ctx, ref, { name, ...names, change: addGroup });
  }

  removeGroup(ctx: Ctx, ref: string, name: string): Promise<void> {
    const names = { action: 'remove_security_group', taskState: 'sg_removing' } as const;
    return this.#changeGroups(ctx, ref, { name, ...names, change: removeGroup });
  }

  async #changeGroups(
    ctx: Ctx,
    ref: string,
    wish: {
      readonly name: string;
      readonly action: 'add_security_group' | 'remove_security_group';
      readonly taskState: PluggingState;
      readonly change: (container: Container, groupId: string) => GroupChange[];
    },
  ): Promise<void> {
    const { name, action, taskState, change } = wish;
    const { id } = await this.#lookup.get(ctx, ref, `container:${action}`);
    const [groupId = ''] = await this.#deps.networks.resolveSecurityGroups(ctx, [name]);
    const input = (container: Container) => {
      assertCan(action, container);
      return { changes: change(container, groupId) };
    };
    await this.#begin(ctx, id, { action, taskState, kind: SET_GROUPS, input });
  }

  /** What a container is plugged into may be gone, or out of the caller's sight: then its id still tells. */
  async #meant(
    ctx: Ctx,
    { placement }: Container,
    { network, port }: Plug,
  ): Promise<(one: AttachedPort) => boolean> {
    if ((network === undefined) === (port === undefined))
      throw badRequest('Either a network or a port is to be detached.');
    const { networks } = this.#deps;
    const isNamed = (one: AttachedPort) => one.id === port || one.networkId === network;
    if (placement.ports.some(isNamed)) return isNamed;
    const id = network === undefined ? networks.getPort(ctx, port ?? '') : networks.getNetwork(ctx, network);
    const found = (await id.catch(unlessUnknown))?.id;
    return (one) => (network === undefined ? one.id : one.networkId) === found;
  }

  async #begin(ctx: Ctx, id: string, { action, taskState, kind, input }: Beginning): Promise<void> {
    let own: object = {};
    const begun = await changeContainer(
      this.#deps,
      id,
      (container) => {
        own = input(container);
        if (container.host === null) throw conflict(`Container ${id} is on no node.`);
        return { ...container, taskState };
      },
      async (tx, container) => {
        await this.#deps.tasks.start(tx, {
          kind,
          target: containerTarget(id),
          projectId: container.projectId,
          ctx: storeCtx(ctx),
          input: { id, ...own },
          whenBusy: 'refuse',
        });
        await recordAction(this.#deps, tx, newAction(ctx, container, action));
      },
    );
    if (!begun) throw containerNotFound(id);
    this.#deps.tasks.nudge();
    this.#deps.events.publish();
  }
}

function unlessUnknown(thrown: unknown): undefined {
  if (!(thrown instanceof CloudError && thrown.kind === 'not-found')) throw thrown;
}
