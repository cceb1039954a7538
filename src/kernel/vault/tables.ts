export interface VaultTables {
  vault_key: VaultKeyRow;
}

/** The key of one scope, wrapped by a master key. */
export interface VaultKeyRow {
  scope: string;
  /** Which master key wraps it: the first hex digits of its SHA-256. */
  master: string;
  /** Base64url. */
  wrapped: string;
}
