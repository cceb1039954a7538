/** Rows as they are stored. Times are ISO-8601 text, flags 0 or 1, `*_json` JSON text. */
export interface ContainerTables {
  container: ContainerRow;
  container_action: ActionRow;
  container_capsule: CapsuleRow;
  container_quota: QuotaRow;
  container_registry: RegistryRow;
  container_quota_class: QuotaClassRow;
  container_network: NetworkRow;
}

/** Columns for what is filtered, sorted and summed; JSON for what is only carried. */
export interface ContainerRow {
  id: string;
  project_id: string;
  user_id: string;
  name: string;
  image: string;
  cpu: number;
  memory: number;
  disk: number;
  auto_remove: number;
  auto_heal: number;
  settings_json: string;
  created_at: string;
  updated_at: string;
  host: string | null;
  placement_json: string;
  desired: number;
  power_json: string;
  generation: number;
  status: string;
  status_reason: string | null;
  task_state: string | null;
  present: number;
  observed_json: string | null;
  /** Another with each write, whatever it changes: see `RowCache`. */
  etag: string;
  /** Of a capsule's member. */
  capsule_id: string | null;
}

export interface CapsuleRow {
  id: string;
  project_id: string;
  user_id: string;
  name: string | null;
  settings_json: string;
  created_at: string;
  updated_at: string;
  host: string | null;
  placement_json: string;
  phase: string;
  reason: string | null;
}

export interface ActionRow {
  container_id: string;
  request_id: string;
  action: string;
  user_id: string;
  project_id: string;
  started_at: string;
  finished_at: string | null;
  error: string | null;
}

export interface RegistryRow {
  id: string;
  project_id: string;
  user_id: string;
  name: string | null;
  domain: string;
  username: string | null;
  /** Sealed by the vault for the project. */
  password: string | null;
  created_at: string;
  updated_at: string;
}

export interface QuotaClassRow {
  class_name: string;
  resource: string;
  hard_limit: number;
}

/** A network of the network service that an operator has told the container service of. */
export interface NetworkRow {
  id: string;
  project_id: string;
  user_id: string;
  name: string;
  /** Of the network service. */
  network_id: string;
  created_at: string;
}

export interface QuotaRow {
  project_id: string;
  resource: string;
  hard_limit: number;
}
