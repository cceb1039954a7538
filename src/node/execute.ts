import type { FileSystemDriver } from '#drivers/filesystem/driver.ts';
import type { NetworkDriver } from '#drivers/network/driver.ts';
import { ABSENT, type RuntimeDriver, type RuntimeHandle } from '#drivers/runtime/driver.ts';
import { badRequest, messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import { withCpus, type NodeCpus } from './cpus.ts';
import { workloadSpec, type WorkloadPlace } from './containers.ts';
import { imageFacts, removeKept, revisionHandlers, workloadIdOf } from './execute-revision.ts';
import { volumeHandlers } from './execute-volume.ts';
import type { NodeImages } from './images.ts';
import { isGroup, isRemote, isUp, sandboxIdOf, type Entry, type WorkloadFacts } from './objects.ts';
import { plugged } from './plan-container.ts';
import { diskOf, disksOf } from './plan-mount.ts';
import type { SecretFiles } from './secret-files.ts';
import type { VolumeAction } from './plan-volume.ts';
import type { Action } from './plan.ts';
import type { ContainerSpec } from './protocol.ts';
import type { TransferDeps } from './volumes/transfers.ts';
import { exactImage, fingerprint, observe, owing, stillOwing } from './workload-facts.ts';
import type { World } from './world.ts';

export interface ExecuteDeps {
  readonly world: World;
  readonly network: NetworkDriver;
  readonly runtimes: ReadonlyMap<string, RuntimeDriver>;
  readonly images: NodeImages;
  readonly volumes: TransferDeps;
  readonly fileSystems: FileSystemDriver;
  readonly secrets: SecretFiles;
  readonly cpus: NodeCpus;
  readonly log: Logger;
}

type Of<V extends Action['verb']> = Extract<Action, { verb: V }>;
export type Handlers = {
  readonly [V in Action['verb']]: (entry: Entry, action: Of<V>, signal: AbortSignal) => Promise<void>;
};

/** Carries out one action and writes down what is true after it. Throws what the driver throws. */
export type Execute = (entry: Entry, action: Action, signal: AbortSignal) => Promise<void>;

export function createExecute(deps: ExecuteDeps): Execute {
  const handlers: Handlers = {
    ...networkHandlers(deps),
    ...workloadHandlers(deps),
    ...volumeHandlers(deps.world, deps.volumes, deps.fileSystems),
  };
  return (entry, action, signal) =>
    (handlers[action.verb] as (e: Entry, a: Action, s: AbortSignal) => Promise<void>)(entry, action, signal);
}

type WorkloadVerb = Extract<Action['verb'], `${string}-workload` | `${string}-image` | 'fetch-image-ahead'>;

function networkHandlers({
  world,
  network,
}: ExecuteDeps): Omit<Handlers, WorkloadVerb | VolumeAction['verb']> {
  const made = (entry: Entry, generation: number) => world.setFacts(entry, { applied: generation });
  const settle = (entry: Entry) =>
    entry.wanted ? made(entry, entry.desired?.generation ?? 0) : world.forget(entry);
  return {
    'ensure-network': async (entry, { spec, generation }) => {
      await network.ensureNetwork(spec);
      made(entry, generation);
    },
    'ensure-router': async (entry, { spec, generation }) => {
      await network.ensureRouter(spec);
      made(entry, generation);
    },
    'plug-port': async (entry, { spec, generation }) => {
      await network.plugPort(spec);
      made(entry, generation);
    },
    'ensure-sandbox': async (entry) => {
      const netns = await network.ensureSandbox(entry.id);
      world.setFacts(entry, { applied: 0, netns });
    },
    'set-groups': async (_entry, { groups }) => {
      const before = [...world.entries()].filter(isGroup);
      await network.setGroups(groups);
      before.forEach(settle);
    },
    'set-remotes': async (_entry, { remotes }) => {
      const before = [...world.entries()].filter(isRemote);
      await network.setRemotes(remotes);
      before.forEach(settle);
    },
    'remove-network': async (entry) => {
      await network.removeNetwork(entry.id);
      world.forget(entry);
    },
    'remove-router': async (entry) => {
      await network.removeRouter(entry.id);
      world.forget(entry);
    },
    'unplug-port': async (entry) => {
      await network.unplugPort(entry.id);
      world.forget(entry);
    },
    'remove-sandbox': async (entry) => {
      await network.removeSandbox(entry.id);
      world.forget(entry);
    },
  };
}

function workloadHandlers(deps: ExecuteDeps): Pick<Handlers, WorkloadVerb> {
  const { world, images } = deps;
  const held = (entry: Entry) => holder(deps, entry);
  /** The facts as they are now: events may have changed them since the action was planned. */
  const factsOf = (entry: Entry) => world.find('container', entry.id)?.facts.workload ?? entry.facts.workload;
  const look = async (entry: Entry) => {
    const { driver, handle } = held(entry);
    world.setWorkload(entry, observe(factsOf(entry), await driver.inspect(handle)));
  };
  return {
    ...revisionHandlers({ ...deps, removeWorkload: (entry) => removeWorkload(deps, entry) }),
    'resolve-image': async (entry, { image }, signal) => {
      world.setNote(entry, 'asking the registry for the image');
      const digest = await images.resolve(image, entry.id, signal);
      world.setWorkload(entry, { pinned: { reference: image.reference, digest }, image: null });
    },
    'fetch-image': async (entry, { image, name }, signal) => {
      world.setNote(entry, 'pulling image');
      const { config } = await images.ensure(image, (text) => world.setNote(entry, text), signal);
      world.setWorkload(entry, { ...('id' in image && { pinned: null }), ...imageFacts(name, config) });
    },
    'forget-image': async (entry) => world.forget(entry),
    'make-workload': (entry, { spec, netns }, signal) => make(deps, { entry, spec, netns, signal }),
    'start-workload': async (entry, { epoch, byPolicy }, signal) => {
      const { driver, handle } = held(entry);
      if (entry.desired?.kind === 'container' && !driver.disks)
        await deps.secrets.ensure(entry.desired.spec, signal);
      world.setWorkload(entry, owing(factsOf(entry), epoch));
      await driver.start(handle).catch(async (thrown: unknown) => {
        await look(entry);
        world.setWorkload(entry, stillOwing(factsOf(entry), epoch));
        throw thrown;
      });
      const { desired } = entry;
      const ports =
        desired?.kind === 'container' && driver.interfaces ? { ports: plugged(desired.spec, world) } : {};
      world.setWorkload(entry, { ...counted(factsOf(entry), byPolicy), epoch, owes: null, ...ports });
      await look(entry);
    },
    'connect-workload': async (entry, { ports }) => {
      const { driver, handle } = held(entry);
      await driver.interfaces?.follow(handle);
      world.setWorkload(entry, { ports });
    },
    'stop-workload': async (entry, { timeoutSeconds }, signal) => {
      const { driver, handle } = held(entry);
      const kill = () => void driver.signal?.send(handle, 'SIGKILL').catch(() => {});
      signal.addEventListener('abort', kill, { once: true });
      await driver.stop(handle, timeoutSeconds).finally(() => signal.removeEventListener('abort', kill));
      await look(entry);
    },
    'pause-workload': async (entry) => {
      const { driver, handle } = held(entry);
      if (!driver.pause) throw badRequest(`The runtime ${driver.name} cannot pause.`);
      await driver.pause.pause(handle);
      await look(entry);
    },
    'resume-workload': async (entry) => {
      const { driver, handle } = held(entry);
      if (!driver.pause) throw badRequest(`The runtime ${driver.name} cannot resume.`);
      await driver.pause.resume(handle);
      await look(entry);
    },
    'resize-workload': async (entry, { resources }) => {
      const { driver, handle } = held(entry);
      if (!driver.resize) throw badRequest(`The runtime ${driver.name} cannot change limits.`);
      await driver.resize.apply(handle, withCpus(resources, deps.cpus));
      const { made } = factsOf(entry);
      if (made) world.setWorkload(entry, { made: { ...made, resources: JSON.stringify(resources) } });
    },
    'remove-workload': async (entry, { forGood }) => {
      await removeWorkload(deps, entry);
      if (forGood) await removeKept(deps, entry);
      await deps.secrets.remove(entry.id);
      if (forGood) world.forget(entry);
      else world.setWorkload(entry, { handle: null, made: null, pinned: null, image: null, state: ABSENT });
    },
  };
}

interface Making {
  readonly entry: Entry;
  readonly spec: ContainerSpec;
  readonly netns: string;
  readonly signal: AbortSignal;
}

/** `applied` is written first: it says that there may be something, should the node die before it has the handle. */
async function make(deps: ExecuteDeps, { entry, spec, netns, signal }: Making): Promise<void> {
  const { world } = deps;
  const driver = runtimeOf(deps, spec.runtime);
  const wanted = exactImage(spec, world.find('container', entry.id)?.facts.workload ?? entry.facts.workload);
  if (!wanted) throw new Error('A workload was planned before its image was known.');
  const image = await deps.images.ensure(wanted, (text) => world.setNote(entry, text), signal);
  const disks = disksOf(spec, world);
  const secret = await secretsFor(deps, driver, { spec, signal });
  world.setFacts(entry, { applied: 0 });
  const place = { netns, sourceOf: sourceIn(deps, driver, entry.id), ...secret, cpus: deps.cpus };
  const handle = await driver.ensure({ ...workloadSpec(spec, image, place), id: workloadIdOf(deps, entry) });
  const state = await driver.inspect(handle);
  const made = { ...fingerprint(spec), ...(disks !== '' && { disks }) };
  world.setWorkload(entry, { ...adopted(entry, state), handle, made });
}

/** @throws CloudError `bad-request` where the runtime would write them down */
async function secretsFor(
  { secrets }: ExecuteDeps,
  driver: RuntimeDriver,
  { spec, signal }: Pick<Making, 'spec' | 'signal'>,
): Promise<Pick<WorkloadPlace, 'secretEnv' | 'secretFiles'>> {
  if (spec.secretEnv?.length && !driver.confidential)
    throw badRequest(`The runtime ${driver.name} cannot keep secrets in an environment from the disk.`);
  const secretEnv = await secrets.environment(spec, signal);
  if (!driver.disks) return { secretEnv };
  const secretFiles = await secrets.contents(spec, signal);
  if (secretFiles.length > 0 && !driver.confidential)
    throw badRequest(`The runtime ${driver.name} cannot keep secrets in files from the disk.`);
  return { secretEnv, secretFiles };
}

const sourceIn =
  (
    { fileSystems, secrets, world }: ExecuteDeps,
    { disks }: RuntimeDriver,
    container: string,
  ): WorkloadPlace['sourceOf'] =>
  (mount) => {
    if (mount.kind === 'secret') return secrets.pathOf(container, mount);
    return disks ? diskOf(mount.volumeId, world) : fileSystems.pathOf(mount.volumeId);
  };

/** A workload that already runs when it is first met here outlived the node's memory: it stays as it is. */
function adopted(
  { facts: { workload }, desired }: Entry,
  state: WorkloadFacts['state'],
): Partial<WorkloadFacts> {
  const unknown = workload.handle === null && workload.epoch === 0 && isUp(state);
  return unknown && desired?.kind === 'container'
    ? { state, epoch: desired.spec.power.epoch, owes: null }
    : { state };
}

/** Making a workload is repeatable, so a half-made one gets its handle, to be removed by, from being made again. */
async function handleToRemove(deps: ExecuteDeps, entry: Entry): Promise<RuntimeHandle | null> {
  const { facts, desired } = entry;
  if (facts.workload.handle || facts.applied === null || desired?.kind !== 'container')
    return facts.workload.handle;
  const netns = deps.world.find('sandbox', sandboxIdOf(entry) ?? entry.id)?.facts.netns ?? '';
  try {
    const { secretEnv: _none, mounts: _gone, ...spec } = desired.spec; // it is to go, not to run
    await make(deps, { entry, spec, netns, signal: AbortSignal.timeout(30_000) });
  } catch (thrown) {
    deps.log.warn({ id: entry.id, why: messageOf(thrown) }, 'a half-made workload cannot be found again');
  }
  return deps.world.find('container', entry.id)?.facts.workload.handle ?? null;
}

async function removeWorkload(deps: ExecuteDeps, entry: Entry): Promise<void> {
  const handle = await handleToRemove(deps, entry);
  if (handle) await runtimeOf(deps, handle.runtime).remove(handle);
}

const counted = (facts: WorkloadFacts, byPolicy: boolean): WorkloadFacts =>
  byPolicy
    ? { ...facts, restarts: facts.restarts + 1, shortRuns: facts.shortRuns + 1 }
    : { ...facts, restarts: 0, shortRuns: 0 };

function holder(deps: ExecuteDeps, entry: Entry): { driver: RuntimeDriver; handle: RuntimeHandle } {
  const handle = entry.facts.workload.handle;
  if (!handle) throw new Error('An action on a workload was planned before there was one.');
  return { driver: runtimeOf(deps, handle.runtime), handle };
}

/** @throws CloudError `bad-request` for a runtime that this machine does not have. */
function runtimeOf({ runtimes }: Pick<ExecuteDeps, 'runtimes'>, name: string): RuntimeDriver {
  const driver = runtimes.get(name);
  if (!driver) throw badRequest(`This machine has no runtime '${name}'.`);
  return driver;
}
