/** Rows as they are stored. Times are ISO-8601 text, flags 0 or 1, `*_json` JSON text. */
export interface ContainerTables {
  container: ContainerRow;
  container_action: ActionRow;
  container_capsule: CapsuleRow;
  container_quota: QuotaRow;
  container_registry: RegistryRow;
  container_ticket: TicketRow;
  container_quota_class: QuotaClassRow;
  container_network: NetworkRow;
  container_image: ImageRow;
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

/** What lets one person open one console, once. */
export interface TicketRow {
  /** SHA-256 of the ticket, hex: whoever reads the database cannot use it. */
  digest: string;
  container_id: string;
  project_id: string;
  user_json: string;
  /** Of a command; null = the container itself. */
  exec_id: string | null;
  /** Until it is used. */
  command_json: string | null;
  expires_at: string;
  used_at: string | null;
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

/** An image that is to lie on a node. */
export interface ImageRow {
  id: string;
  project_id: string;
  user_id: string;
  host: string;
  repo: string;
  tag: string;
  driver: string | null;
  pull_policy: string | null;
  created_at: string;
  updated_at: string;
  status: string;
  reason: string | null;
  /** What the node is to have; null = nothing. */
  image_json: string | null;
  image_id: string | null;
  size: number | null;
}

export interface QuotaRow {
  project_id: string;
  resource: string;
  hard_limit: number;
}
