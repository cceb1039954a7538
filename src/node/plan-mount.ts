import { volumesOf, type Entry, type WorldView } from './objects.ts';
import type { Step } from './plan.ts';
import type { ContainerSpec } from './protocol.ts';

export type MountAction =
  | {
      readonly verb: 'mount-volume';
      readonly device: string;
      readonly mode: 'rw' | 'ro';
      readonly wish: string;
    }
  | { readonly verb: 'unmount-volume' };

/**
 * A volume's file system is mounted while a container on this node has it, down to the last that is still being removed.
 * @param isLent whether any attachment of the volume is wanted
 */
export function planMount(entry: Entry, isLent: boolean, world: WorldView): Step<MountAction> | undefined {
  const { attached, mounted = null } = entry.facts.volume;
  const holders = holdersOf(entry.id, world);
  if (holders.length === 0) return mounted ? { do: { verb: 'unmount-volume' } } : undefined;
  const wish = wishOf(holders);
  if (!attached || !isLent || wish === '') return undefined;
  if (mounted && ('refused' in mounted ? mounted.wish === wish : isEnough(mounted.mode, attached.mode)))
    return undefined;
  return { do: { verb: 'mount-volume', ...attached, wish } };
}

/** Containers that have it in their file system, also those that are not gone yet. */
export const holdersOf = (volumeId: string, world: WorldView): Entry[] =>
  world
    .entries()
    .filter((entry) => volumesOf(entry).includes(volumeId))
    .toArray();

/** What was refused is tried again when somebody wishes it anew. */
const wishOf = (holders: readonly Entry[]): string =>
  holders
    .filter(({ wanted }) => wanted)
    .map(({ id, desired }) => `${id}:${desired?.generation}`)
    .join();

/** Why a container cannot have its volumes yet, and whether it never will; null = it has them all. */
export function mountTrouble(
  { mounts = [] }: ContainerSpec,
  world: WorldView,
): { readonly reason: string; readonly final: boolean } | null {
  for (const mount of mounts) {
    if (mount.kind !== 'volume') continue;
    const volume = world.find('volume', mount.volumeId);
    const mounted = volume?.facts.volume.mounted ?? null;
    if (mounted && 'refused' in mounted) return { reason: mounted.refused, final: true };
    if (mounted && isEnough(mounted.mode, mount.readOnly ? 'ro' : 'rw')) continue;
    const why = volume?.failure ? `: ${volume.failure.reason}` : '';
    return { reason: `waiting for its volume ${mount.volumeId}${why}`, final: false };
  }
  return null;
}

const isEnough = (has: 'rw' | 'ro', wants: 'rw' | 'ro'): boolean => has === 'rw' || wants === 'ro';
