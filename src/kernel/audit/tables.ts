export interface AuditTables {
  audit_record: AuditRow;
}

export interface AuditRow {
  id: string;
  at: string;
  request_id: string;
  service: string;
  action: string;
  outcome: string;
  user_id: string;
  user_name: string;
  user_domain_id: string;
  user_domain_name: string;
  project_id: string | null;
  target: string;
  source: string;
  reason: string;
}
