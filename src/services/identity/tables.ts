/** Rows as they are stored. Times are ISO-8601 text, flags 0 or 1, `*_json` JSON text. */
export interface IdentityTables {
  identity_project: ProjectRow;
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
}
