/** Rows as they are stored. Times are ISO-8601 text, flags 0 or 1, `*_json` JSON text, `sealed` what the vault made. */
export interface SecretTables {
  secret: SecretRow;
  secret_metadata: MetadataRow;
  secret_container: ContainerRow;
  secret_container_member: MemberRow;
  secret_acl_user: AclUserRow;
  secret_consumer: ConsumerRow;
  secret_order: OrderRow;
  secret_quota: QuotaRow;
  secret_authority: AuthorityRow;
}

/** What every object has that an ACL may guard. */
export interface GuardedRow {
  id: string;
  project_id: string;
  creator_id: string;
  project_access: number;
  /** Null while nobody has set an ACL. */
  acl_created_at: string | null;
  acl_updated_at: string | null;
  created_at: string;
  updated_at: string;
}

export interface SecretRow extends GuardedRow {
  name: string | null;
  type: string;
  algorithm: string | null;
  bit_length: number | null;
  mode: string | null;
  expiration: string | null;
  /** Null while there is no payload. */
  content_type: string | null;
  sealed: string | null;
}

export interface MetadataRow {
  secret_id: string;
  key: string;
  value: string;
}

export interface ContainerRow extends GuardedRow {
  name: string | null;
  type: string;
}

export interface MemberRow {
  container_id: string;
  place: number;
  name: string | null;
  secret_id: string;
}

export interface AclUserRow {
  object_id: string;
  user_id: string;
}

export interface ConsumerRow {
  object_id: string;
  project_id: string;
  what_json: string;
  created_at: string;
}

export interface OrderRow {
  id: string;
  project_id: string;
  creator_id: string;
  type: string;
  meta_json: string;
  /** Of the key that is to be made. */
  sealed_passphrase: string | null;
  status: string;
  error_status: string | null;
  error_reason: string | null;
  secret_id: string | null;
  container_id: string | null;
  created_at: string;
  updated_at: string;
}

/** Null = the default. */
export interface QuotaRow {
  project_id: string;
  secrets: number | null;
  orders: number | null;
  containers: number | null;
  consumers: number | null;
  cas: number | null;
}

export interface AuthorityRow {
  owner: string;
  certificate: string;
  sealed_key: string;
  created_at: string;
}
