import { isoTime } from '#kernel/clock.ts';
import { newUuid } from '#kernel/ids.ts';
import { physicalName } from '../model/names.ts';
import type { Resource } from '../model/resource.ts';
import type { Change } from './change.ts';
import type { Wish } from './wish.ts';

/** A row for a resource of the template of which nothing is there yet. */
export function newRow(
  { stack, compiled, clock }: Change,
  wish: Pick<Wish, 'name'> &
    Partial<Pick<Wish, 'type' | 'properties' | 'metadata' | 'needs' | 'deletionPolicy'>>,
): Resource {
  const now = isoTime(clock.now());
  return {
    id: newUuid(),
    stackId: stack.id,
    name: wish.name,
    type: compiled.template.resources.get(wish.name)?.type ?? '',
    madeBy: wish.type?.name ?? '',
    action: 'CREATE',
    status: 'IN_PROGRESS',
    statusReason: '',
    physicalId: null,
    reference: null,
    physicalName: physicalName(stack.name, wish.name),
    properties: wish.properties ?? {},
    metadata: wish.metadata ?? {},
    data: {},
    attributes: {},
    needs: wish.needs ?? [],
    traversal: stack.traversal,
    replacedBy: null,
    deletionPolicy: wish.deletionPolicy ?? 'Delete',
    createdAt: now,
    updatedAt: now,
  };
}
