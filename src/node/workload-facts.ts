import { createHash } from 'node:crypto';
import type { WorkloadState } from '#drivers/runtime/driver.ts';
import type { ExactImage, PinnedImage } from './images.ts';
import { isUp, type Fingerprint, type WorkloadFacts } from './objects.ts';
import type { ContainerImage, ContainerSpec, ImageRef } from './protocol.ts';
import { wasGoodRun } from './restart-policy.ts';

/** Key of an image on this machine, which names one state of it: a changed image is another one. */
export const imageKey = (image: ImageRef | Pick<PinnedImage, 'digest'>): string =>
  'id' in image ? `${image.id}-${image.checksum}` : image.digest.replace(':', '-');

/** Names an image as it is wished for: a registry's by its reference, whatever that means at the time. */
export const imageName = (image: ContainerImage): string =>
  'id' in image ? imageKey(image) : image.reference;

/** The one state of its image that a container shall have; undefined while its reference is not resolved. */
export function exactImage(
  { id, image }: Pick<ContainerSpec, 'id' | 'image'>,
  { pinned }: WorkloadFacts,
): ExactImage | undefined {
  if ('id' in image) return image;
  return pinned?.reference === image.reference ? { ...pinned, container: id } : undefined;
}

/** Tells whether a workload was made from this spec. Its power, its name, its turn and its probes are no part of what it is made of. */
export function fingerprint({
  power: _power,
  name: _name,
  after: _after,
  keepsOld: _keepsOld,
  probes: _probes,
  autoHeal: _autoHeal,
  resources,
  revision,
  ...made
}: ContainerSpec): Fingerprint {
  const spec = createHash('sha256').update(JSON.stringify(made)).digest('base64url');
  return {
    image: imageName(made.image),
    spec,
    resources: JSON.stringify(resources),
    revision: revision ?? 0,
  };
}

/** What is known after a look at the workload: settles the start that was due, and judges the run that ended. */
export function observe(facts: WorkloadFacts, state: WorkloadState): WorkloadFacts {
  const started = facts.owes !== null && state.startedAt !== facts.owes.startedAt;
  const epoch = started && facts.owes ? facts.owes.epoch : facts.epoch;
  const shortRuns = isUp(facts.state) && wasGoodRun(state) ? 0 : facts.shortRuns;
  return { ...facts, state, epoch, owes: started ? null : facts.owes, shortRuns };
}

/**
 * What is known when the node starts. What ran in an earlier life of the machine, or was stopped by the node for its own
 * end, is due to run again.
 */
export function recovered(facts: WorkloadFacts, state: WorkloadState, sameBoot: boolean): WorkloadFacts {
  if (isUp(state)) return { ...observe(facts, state), owes: null };
  const ran = isUp(facts.state) && !sameBoot;
  return ran
    ? { ...facts, state, owes: { epoch: facts.epoch, startedAt: state.startedAt } }
    : observe(facts, state);
}

/** A start that is about to be tried. */
export const owing = (facts: WorkloadFacts, epoch: number): WorkloadFacts => ({
  ...facts,
  owes: { epoch, startedAt: facts.state.startedAt },
});

/** After a try that failed: the process that it may have made and lost was no start, so it is due as before. */
export const stillOwing = (facts: WorkloadFacts, epoch: number): WorkloadFacts =>
  isUp(facts.state) ? facts : owing(facts, epoch);
