import type { Limit } from '../model/limit.ts';
import type { Project } from '../model/project.ts';
import { limitView } from './limit.ts';
import { projectView } from './project.ts';

/** Ids in one another, as they lie: `{"a": {"b": null}}`. */
export type IdTree = { readonly [id: string]: IdTree | null };

/** Ids from the nearest parent to the farthest. */
export const parentTree = (parents: readonly Project[]): IdTree | null =>
  parents.reduceRight<IdTree | null>((above, { id }) => ({ [id]: above }), null);

/** Ids of all below a project. */
export function subtreeTree(id: string, subtree: readonly Project[]): IdTree | null {
  const children = subtree.filter((project) => project.parentId === id);
  if (children.length === 0) return null;
  return Object.fromEntries(children.map((child) => [child.id, subtreeTree(child.id, subtree)]));
}

/** @param limitsOf limits by project, where they are asked for */
export const asProjects = (
  projects: readonly Project[],
  base: string,
  limitsOf: ReadonlyMap<string, readonly Limit[]> | null,
) =>
  projects.map((project) => ({
    project: {
      ...projectView(project, base),
      ...(limitsOf && { limits: (limitsOf.get(project.id) ?? []).map((limit) => limitView(limit, base)) }),
    },
  }));
