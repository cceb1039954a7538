import type { Entry } from './objects.ts';
import type { ContainerAction } from './plan-container.ts';
import type { Step } from './plan.ts';
import { exactImage, imageName } from './workload-facts.ts';

export type ImageAction =
  | Extract<ContainerAction, { verb: 'resolve-image' | 'fetch-image' }>
  | { readonly verb: 'forget-image' };

/** An image that is to lie here, whether any container has it or not. One that nobody wishes any more goes as unused ones do. */
export function planImage({ id, desired, wanted, facts }: Entry): Step<ImageAction> {
  if (!wanted) return { do: { verb: 'forget-image' } };
  if (desired?.kind !== 'image') return { settled: true };
  const { image } = desired.spec;
  const exact = exactImage({ id, image }, facts.workload);
  if (!exact) return 'id' in image ? { settled: true } : { do: { verb: 'resolve-image', image } };
  const name = imageName(image);
  return facts.workload.image === name
    ? { settled: true }
    : { do: { verb: 'fetch-image', image: exact, name } };
}
