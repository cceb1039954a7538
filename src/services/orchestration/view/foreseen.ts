import { summaryOf, type Stack } from '../model/stack.ts';
import { CHANGES, type ChangeKind, type Foreseen } from '../service/previews.ts';
import { stackView, wireTime, type StackFacts } from './stack.ts';

/** A stack that is not made. */
export const previewView = (
  stack: Stack,
  { facts, resources }: { readonly facts: StackFacts; readonly resources: readonly Foreseen[] },
  base: string,
) => ({
  ...stackView(summaryOf(stack), facts, base),
  resources: resources.map((resource) => foreseenView(resource, stack)),
});

/** What a change would do, by kind. */
export const changesView = (changes: ReadonlyMap<ChangeKind, readonly Foreseen[]>, stack: Stack) => ({
  resource_changes: Object.fromEntries(
    CHANGES.map((kind) => [kind, (changes.get(kind) ?? []).map((one) => foreseenView(one, stack))]),
  ),
});

const foreseenView = ({ name, type, row }: Foreseen, { id, name: stack_name, projectId }: Stack) => ({
  resource_name: name,
  resource_type: type,
  resource_identity: {
    tenant: projectId,
    stack_name,
    stack_id: id,
    path: `/resources/${name}`,
  },
  stack_name,
  stack_identity: { tenant: projectId, stack_name, stack_id: id, path: '' },
  physical_resource_id: row?.physicalId ?? '',
  resource_action: row?.action ?? 'INIT',
  resource_status: row?.status ?? 'COMPLETE',
  resource_status_reason: row?.statusReason ?? '',
  creation_time: row ? wireTime(row.createdAt) : null,
  updated_time: row ? wireTime(row.updatedAt) : null,
});
