/** Rows as they are stored. Times are ISO-8601 text, flags 0 or 1, `*_json` JSON text, `sealed_*` what the vault made. */
export interface OrchestrationTables {
  stack: StackRow;
  stack_resource: ResourceRow;
  stack_event: EventRow;
  stack_snapshot: SnapshotRow;
  stack_signal: SignalRow;
  stack_hook: HookRow;
  software_config: ConfigRow;
  software_deployment: DeploymentRow;
}

export interface SnapshotRow {
  id: string;
  stack_id: string;
  name: string;
  status: string;
  status_reason: string;
  /** The portrait of the stack; null before it is made. */
  sealed_data: string | null;
  created_at: string;
}

export interface SignalRow {
  id: string;
  resource_id: string;
  sealed_details: string;
  at: string;
}

/** A hook that a resource has reached. */
export interface HookRow {
  resource_id: string;
  hook: string;
  /** The change that it was reached in. */
  traversal: string;
  cleared: number;
}

export interface ConfigRow {
  id: string;
  project_id: string;
  name: string;
  group_name: string;
  /** Text, inputs, outputs and options. */
  sealed_body: string;
  created_at: string;
}

export interface DeploymentRow {
  id: string;
  project_id: string;
  config_id: string;
  server_id: string;
  stack_user_project_id: string;
  action: string;
  status: string;
  status_reason: string;
  /** Values in and out. */
  sealed_values: string;
  created_at: string;
  updated_at: string | null;
}

export interface StackRow {
  id: string;
  name: string;
  project_id: string;
  actor_json: string;
  /** The name of the actor. */
  owner: string;
  parent_id: string | null;
  parent_resource: string | null;
  root_id: string;
  description: string;
  tags_json: string;
  action: string;
  status: string;
  status_reason: string;
  /** The recipe: environments hold hidden parameters. */
  sealed_recipe: string;
  sealed_former: string | null;
  traversal: string;
  disable_rollback: number;
  timeout_minutes: number | null;
  deadline: string;
  created_at: string;
  updated_at: string | null;
  deleted_at: string | null;
}

export interface ResourceRow {
  id: string;
  stack_id: string;
  name: string;
  type: string;
  made_by: string;
  action: string;
  status: string;
  status_reason: string;
  physical_id: string | null;
  physical_name: string;
  /** Properties, metadata, data and attributes: any may hold a secret. */
  sealed_contents: string;
  /** What signals keep: written by them alone. */
  sealed_kept: string | null;
  /** Of rows that were written before metadata was sealed. */
  metadata_json: string;
  needs_json: string;
  traversal: string;
  replaced_by: string | null;
  deletion_policy: string;
  created_at: string;
  updated_at: string;
}

export interface EventRow {
  id: string;
  /** Grows within its stack. */
  place: number;
  stack_id: string;
  resource_name: string;
  resource_type: string;
  physical_id: string | null;
  action: string;
  status: string;
  status_reason: string;
  at: string;
}
