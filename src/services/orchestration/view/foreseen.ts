import { summaryOf, type Stack } from '../model/stack.ts';
import { CHANGES, type ChangeKind, type Foreseen, type ForeseenTree } from '../service/previews.ts';
import { stackView, wireTime, type StackFacts } from './stack.ts';

/** A stack that is not made. */
export const previewView = (
  stack: Stack,
  { facts, resources }: { readonly facts: StackFacts; readonly resources: ForeseenTree },
  base: string,
) => ({
  ...stackView(summaryOf(stack), facts, base),
  resources: treeView(resources),
});

type TreeView = readonly (ReturnType<typeof foreseenView> | TreeView)[];

const treeView = (tree: ForeseenTree): TreeView =>
  tree.map((one) => ('row' in one ? foreseenView(one) : treeView(one)));

/** What a change would do, by kind. */
export const changesView = (changes: ReadonlyMap<ChangeKind, readonly Foreseen[]>) => ({
  resource_changes: Object.fromEntries(
    CHANGES.map((kind) => [kind, (changes.get(kind) ?? []).map(foreseenView)]),
  ),
});

const foreseenView = ({ name, type, row, stack }: Foreseen) => ({
  resource_name: name,
  resource_type: type,
  resource_identity: identityOf(stack, `/resources/${name}`),
  stack_name: stack.name,
  stack_identity: identityOf(stack),
  ...(stack.parentResource !== null && { parent_resource: stack.parentResource }),
  physical_resource_id: row?.physicalId ?? '',
  resource_action: row?.action ?? 'INIT',
  resource_status: row?.status ?? 'COMPLETE',
  resource_status_reason: row?.statusReason ?? '',
  creation_time: row ? wireTime(row.createdAt) : null,
  updated_time: row ? wireTime(row.updatedAt) : null,
});

const identityOf = ({ id, name, projectId }: Foreseen['stack'], path = '') => ({
  tenant: projectId,
  stack_name: name,
  stack_id: id || 'None',
  path,
});
