import { stateOf, type Stack, type StackSummary } from '../model/stack.ts';
import type { Json } from '../template/json.ts';
import { link, stackUrl } from './links.ts';

/** A stack in a list. */
export const stackItemView = (stack: StackSummary, base: string) => ({
  id: stack.id,
  links: [link(stackUrl(base, stack))],
  stack_name: stack.name,
  description: stack.description,
  stack_status: stateOf(stack),
  stack_status_reason: stack.statusReason,
  creation_time: wireTime(stack.createdAt),
  updated_time: stack.updatedAt && wireTime(stack.updatedAt),
  deletion_time: stack.deletedAt && wireTime(stack.deletedAt),
  stack_owner: stack.owner,
  parent: stack.parentId,
  stack_user_project_id: stack.projectId,
  tags: stack.tags.length === 0 ? null : stack.tags,
});

export interface OutputValue {
  readonly name: string;
  readonly description: string | null;
  readonly value: Json;
  readonly error?: string;
}

export const outputView = ({ name, description, value, error }: OutputValue) => ({
  output_key: name,
  output_value: value,
  description: description ?? 'No description given',
  ...(error !== undefined && { output_error: error }),
});

/** What is found out about a stack when it is asked for. */
export interface StackFacts {
  readonly parameters: Readonly<Record<string, string>>;
  /** Absent when nobody asked. */
  readonly outputs?: readonly OutputValue[];
}

export const stackView = (
  stack: Stack & StackSummary,
  { parameters, outputs }: StackFacts,
  base: string,
) => ({
  ...stackItemView(stack, base),
  template_description: stack.description,
  parameters,
  capabilities: [],
  notification_topics: [],
  disable_rollback: stack.disableRollback,
  timeout_mins: stack.timeoutMinutes,
  ...(outputs && { outputs: outputs.map(outputView) }),
});

/** Heat's times end with the second. */
export const wireTime = (iso: string): string => iso.replace(/\.\d+Z$/, 'Z');
