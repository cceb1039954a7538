import { ABSENT } from '#drivers/runtime/driver.ts';
import { nameUuid } from '#kernel/ids.ts';
import type { ImageConfig } from '#oci/image-config.ts';
import type { ExecuteDeps, Handlers } from './execute.ts';
import { NO_FACTS, type Entry, type ImageFacts, type WorkloadFacts } from './objects.ts';
import { exactImage, imageName } from './workload-facts.ts';

export const imageFacts = (
  image: string,
  { entrypoint, cmd, exposedPorts, workdir, healthcheck }: ImageConfig,
): Pick<ImageFacts, 'image' | 'imageConfig' | 'imageHealth'> => ({
  image,
  imageConfig: { entrypoint, cmd, exposedPorts, workdir },
  imageHealth: healthcheck,
});

const factsOf = ({ world }: Pick<ExecuteDeps, 'world'>, entry: Entry): WorkloadFacts =>
  world.find('container', entry.id)?.facts.workload ?? entry.facts.workload;

/**
 * The id that the runtime knows a container's workload by: the container's own, or, beside one of that id that is kept, a second one.
 * It follows from what is remembered, so that a crash while it is made leaves nothing that is not found.
 */
export function workloadIdOf(deps: Pick<ExecuteDeps, 'world'>, entry: Entry): string {
  const { handle, kept } = factsOf(deps, entry);
  return handle?.id ?? (kept?.handle.id === entry.id ? nameUuid(entry.id, 'second') : entry.id);
}

type RevisionVerb =
  | 'fetch-image-ahead'
  | 'set-aside-workload'
  | 'bring-back-workload'
  | 'remove-kept-workload';

/** How a new revision takes the place of one to which there is a way back. */
export function revisionHandlers(
  deps: ExecuteDeps & { readonly removeWorkload: (entry: Entry) => Promise<void> },
): Pick<Handlers, RevisionVerb> {
  const { world, images } = deps;
  return {
    'fetch-image-ahead': async (entry, { image }, signal) => {
      if (entry.desired?.kind !== 'container') return;
      const note = (text: string) => world.setNote(entry, text);
      note('pulling image');
      const pinned =
        'id' in image
          ? null
          : { reference: image.reference, digest: await images.resolve(image, entry.id, signal) };
      const exact = exactImage(entry.desired.spec, { ...NO_FACTS.workload, pinned });
      if (!exact) throw new Error('An image was resolved to nothing.');
      const { config } = await images.ensure(exact, note, signal);
      world.setWorkload(entry, { ahead: { pinned, ...imageFacts(imageName(image), config) } });
    },
    'set-aside-workload': async (entry) => {
      await removeKept(deps, entry);
      const { handle, made, image, imageConfig, ahead, ...facts } = factsOf(deps, entry);
      if (!handle) return;
      const [pinned, imageHealth] = [facts.pinned ?? null, facts.imageHealth ?? null];
      world.setWorkload(entry, {
        kept: { handle, made, revision: made?.revision ?? 0, image, pinned, imageConfig, imageHealth },
        ...UNMADE,
        ...ahead,
      });
    },
    'bring-back-workload': async (entry) => {
      await deps.removeWorkload(entry);
      const { kept } = factsOf(deps, entry);
      if (!kept) return;
      const { revision: _revision, ...workload } = kept;
      const state = await driverOf(deps, kept.handle.runtime).inspect(kept.handle);
      world.setWorkload(entry, { ...UNMADE, ...workload, state, epoch: 0, kept: null });
    },
    'remove-kept-workload': (entry) => removeKept(deps, entry),
  };
}

const UNMADE = {
  handle: null,
  made: null,
  state: ABSENT,
  owes: null,
  health: null,
  ahead: null,
} as const;

export async function removeKept(deps: Pick<ExecuteDeps, 'world' | 'runtimes'>, entry: Entry): Promise<void> {
  const { kept } = factsOf(deps, entry);
  if (!kept) return;
  await driverOf(deps, kept.handle.runtime).remove(kept.handle);
  deps.world.setWorkload(entry, { kept: null });
}

function driverOf({ runtimes }: Pick<ExecuteDeps, 'runtimes'>, name: string) {
  const driver = runtimes.get(name);
  if (!driver) throw new Error(`This machine has no runtime '${name}' any more.`);
  return driver;
}
