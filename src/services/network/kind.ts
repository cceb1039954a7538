import { sql, type Expression, type SqlBool } from 'kysely';
import type { CloudError } from '#kernel/errors.ts';
import type { Standard } from './model/standard.ts';
import { sharedWithProject } from './store/sharing.ts';
import type { Filter } from './store/listing.ts';
import type { Store } from '#kernel/db/store.ts';
import type { NetworkDb } from './tables.ts';

/** An object as the API shows it. */
export type Wire = Readonly<Record<string, unknown>>;

/** For whom an object is shown. */
export interface Viewer {
  /** Sees the attributes of administrators, and every project's objects. */
  readonly admin: boolean;
  /** '' = none. */
  readonly projectId: string;
}

/** All that generic reading has to know of one resource. */
export interface Kind<T extends Standard> {
  /** Key of one in a body, and the word in policy rules: `security_group`. */
  readonly singular: string;
  readonly plural: string;
  /** In URLs: `security-groups`. */
  readonly collection: string;
  /** Where its tags are, when that is not below the collection. */
  readonly tagCollection?: string;
  readonly store: Store<T>;
  readonly filters: Readonly<Record<string, Filter>>;
  /** Wire name → column. */
  readonly sortable: Readonly<Record<string, string>>;
  /** What a project sees; administrators see everything. */
  visible(projectId: string): Expression<SqlBool>;
  notFound(id: string): CloudError;
  views(db: NetworkDb, items: readonly T[], viewer: Viewer): Promise<Wire[]>;
}

/** A project sees its own. */
export const own = (projectId: string): Expression<SqlBool> => sql`project_id = ${projectId}`;

/** A project sees its own, and what others let it use. */
export const ownOrShared = (projectId: string): Expression<SqlBool> =>
  sql`(project_id = ${projectId} or id in (${sharedWithProject(projectId)}))`;

const STANDARD_SORT = ['id', 'name', 'description', 'project_id', 'created_at', 'updated_at'];
export const sortable = (...columns: string[]): Record<string, string> => ({
  ...Object.fromEntries([...STANDARD_SORT, ...columns].map((column) => [column, column])),
  tenant_id: 'project_id',
});
