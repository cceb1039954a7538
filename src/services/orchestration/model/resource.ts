import type { Status } from './stack.ts';

export type ResourceAction =
  | 'INIT'
  | 'CREATE'
  | 'UPDATE'
  | 'DELETE'
  | 'ADOPT'
  | 'SUSPEND'
  | 'RESUME'
  | 'CHECK'
  | 'SNAPSHOT'
  | 'RESTORE';

/** One thing that a stack made, or is about to make. A replaced one lives beside its successor until that is settled. */
export interface Resource {
  readonly id: string;
  readonly stackId: string;
  /** In the template. */
  readonly name: string;
  readonly type: string;
  /** What that stands for here: a type that the cloud knows, or a template among the stack's files. */
  readonly madeBy: string;
  readonly action: ResourceAction;
  readonly status: Status;
  readonly statusReason: string;
  /** In the service that keeps it; null before it is known. */
  readonly physicalId: string | null;
  /** What `get_resource` gives; null before it is made. */
  readonly reference: string | null;
  /** What it is called there unless the template says otherwise: `<stack>-<resource>-<12 characters>`. */
  readonly physicalName: string;
  /** As they were carried out last. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What its type keeps about it. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Those attributes that the template asks for, by the JSON of their path. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Rows whose reference or attributes it was made with. */
  readonly needs: readonly string[];
  /** The change it was last brought in line with. */
  readonly traversal: string;
  /** The row that takes its place. */
  readonly replacedBy: string | null;
  readonly deletionPolicy: 'Delete' | 'Retain' | 'Snapshot';
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A resource as lists know it: without its contents, which are sealed. */
export type ResourceSummary = Omit<Resource, 'properties' | 'metadata' | 'data' | 'attributes' | 'reference'>;
