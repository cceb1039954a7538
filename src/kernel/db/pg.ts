import { lazily } from '../lazily.ts';

/** PostgreSQL's client library: a cloud on SQLite does without. */
export const loadPg = lazily(async () => (await import('pg')).default);
