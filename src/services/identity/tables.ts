/** Rows as they are stored. Tables of the kernel's `Table` are not here: their columns are the fields of their model. Times are ISO-8601 text, flags 0 or 1, `*_json` JSON text; '' stands for none in key columns. */
export interface IdentityTables {
  identity_project: ProjectRow;
  identity_user: UserRow;
  identity_group: GroupRow;
  identity_membership: { user_id: string; group_id: string };
  identity_role: RoleRow;
  identity_implied_role: { prior_id: string; implied_id: string };
  identity_assignment: AssignmentRow;
  identity_region: RegionRow;
  identity_service: ServiceRow;
  identity_endpoint: EndpointRow;
  identity_app_credential: AppCredentialRow;
  identity_revocation: RevocationRow;
  identity_token_key: TokenKeyRow;
  identity_past_password: PastPasswordRow;
  identity_attempt: AttemptRow;
  identity_used_passcode: { id: string; expires_at: string };
  identity_trust: { id: string; remaining_uses: number | null };
}

/** Projects and domains alike: a domain is a project that contains others' names. */
export interface ProjectRow {
  id: string;
  name: string;
  /** '' for a domain. */
  domain_id: string;
  parent_id: string;
  is_domain: number;
  enabled: number;
  description: string;
  tags_json: string;
  options_json: string;
  /** Attributes that the API does not know. */
  extra_json: string;
}

export interface UserRow {
  id: string;
  name: string;
  domain_id: string;
  enabled: number;
  default_project_id: string | null;
  description: string | null;
  email: string | null;
  options_json: string;
  extra_json: string;
  /** PHC string; null = cannot log in with a password. */
  password_hash: string | null;
  password_changed_at: string;
  password_expires_at: string | null;
  /** Of the last token, or of when the user was last let in; null = before anybody looked. */
  active_at: string | null;
}

export interface GroupRow {
  id: string;
  name: string;
  domain_id: string;
  description: string;
}

export interface RoleRow {
  id: string;
  name: string;
  /** '' = global. */
  domain_id: string;
  description: string | null;
  options_json: string;
}

export interface AssignmentRow {
  /** `user` or `group`. */
  actor_kind: string;
  actor_id: string;
  /** `project`, `domain` or `system`. */
  target_kind: string;
  target_id: string;
  role_id: string;
  /** 1 = applies to the projects below, not to the target itself. */
  inherited: number;
}

export interface RegionRow {
  id: string;
  description: string;
  parent_region_id: string | null;
}

export interface ServiceRow {
  id: string;
  type: string;
  name: string;
  description: string;
  enabled: number;
}

export interface EndpointRow {
  id: string;
  service_id: string;
  interface: string;
  url: string;
  region_id: string | null;
  enabled: number;
}

export interface AppCredentialRow {
  id: string;
  name: string;
  description: string | null;
  user_id: string;
  project_id: string;
  secret_hash: string;
  /** Role ids. */
  roles_json: string;
  expires_at: string | null;
  unrestricted: number;
  access_rules_json: string | null;
}

export interface RevocationRow {
  id: string;
  /** `audit`: a token and those made from it; `user`, `project`, `domain`: all of theirs. */
  kind: string;
  value: string;
  /** Tokens issued before then. */
  issued_before: string;
  /** From then on no such token lives. */
  expires_at: string;
}

export interface TokenKeyRow {
  id: string;
  key_sealed: string;
  signs_from: string;
}

/** Passwords that a user had before. */
export interface PastPasswordRow {
  id: string;
  user_id: string;
  password_hash: string;
  created_at: string;
}

/** Attempts of a user by one factor since the last that did not fail. */
export interface AttemptRow {
  user_id: string;
  factor: string;
  failed: number;
  failed_at: string;
}
