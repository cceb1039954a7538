/** Rows as they are stored. Times are ISO-8601 text, flags 0 or 1, `*_json` JSON text. */
export interface AlarmTables {
  alarm: AlarmRow;
  alarm_history: HistoryRow;
  alarm_notice: NoticeRow;
  alarm_quota: QuotaRow;
  alarm_cursor: CursorRow;
}

export interface AlarmRow {
  id: string;
  project_id: string;
  user_id: string;
  name: string;
  description: string;
  type: string;
  enabled: number;
  severity: string;
  state: string;
  state_reason: string;
  state_changed_at: string;
  created_at: string;
  updated_at: string;
  repeat_actions: number;
  actions_json: string;
  constraints_json: string;
  rule_json: string;
  owner_json: string;
}

export interface HistoryRow {
  id: string;
  alarm_id: string;
  project_id: string;
  user_id: string;
  type: string;
  detail_json: string;
  at: string;
}

/** An action that is still to be done. */
export interface NoticeRow {
  id: string;
  url: string;
  body_json: string;
  owner_json: string;
  tries: number;
  due_at: string;
}

export interface QuotaRow {
  project_id: string;
  /** -1 = unlimited. */
  alarms: number;
}

/** How far the event log has been read: one row. */
export interface CursorRow {
  id: number;
  seq: number;
}
