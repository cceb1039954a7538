/** Who may read an object besides its creator. */
export interface Acl {
  /** Whether whoever has a role in its project may. */
  readonly projectAccess: boolean;
  /** Null while nobody has set one. */
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

/** What an ACL may guard: secrets and containers. */
export interface Guarded {
  readonly id: string;
  readonly projectId: string;
  readonly creatorId: string;
  readonly acl: Acl;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const OPEN_TO_PROJECT: Acl = { projectAccess: true, createdAt: null, updatedAt: null };
