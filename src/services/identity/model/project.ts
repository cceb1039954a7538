import { conflict, forbidden, notFound, type CloudError } from '#kernel/errors.ts';

/** A project or a domain. A domain has `isDomain` and an empty `domainId`. */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly domainId: string;
  readonly parentId: string;
  readonly isDomain: boolean;
  readonly enabled: boolean;
  readonly description: string;
  readonly tags: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  /** Attributes of the caller's own. */
  readonly extra: Readonly<Record<string, unknown>>;
}

export type ProjectChange = Partial<
  Pick<Project, 'name' | 'enabled' | 'description' | 'tags' | 'options' | 'extra'>
>;

export const DEFAULT_DOMAIN = 'default';

export const projectNotFound = (id: string): CloudError => notFound(`Could not find project: ${id}.`);
export const projectNameTaken = (name: string): CloudError =>
  conflict(
    `Conflict occurred attempting to store project - it is not permitted to have two projects named '${name}' in one domain.`,
  );

const noun = (project: Project): string => (project.isDomain ? 'domain' : 'project');

/** Immutable projects refuse every change but that of the option itself. */
export function assertMutable(project: Project, change?: ProjectChange): void {
  const thaws = change?.options?.['immutable'] === false;
  if (project.options['immutable'] === true && !thaws) {
    throw forbidden(
      `The ${noun(project)} ${project.id} is immutable: set its option immutable to false first.`,
    );
  }
}

/** How deep projects lie in one another, the domain counted. */
const MAX_DEPTH = 5;

/** @throws CloudError `forbidden` when the parent lies as deep as projects may. */
export function assertRoomBelow(parent: Project, ancestors: number): void {
  if (ancestors + 2 > MAX_DEPTH)
    throw forbidden(`Max hierarchy depth reached for the branch of project ${parent.id}.`);
}

export const notALeaf = (id: string, verb: string): CloudError =>
  forbidden(`Cannot ${verb} the project ${id} since it is not a leaf in the hierarchy.`);

/** A domain in use cannot vanish by a slip: it must be disabled first. */
export function assertDeletable(project: Project): void {
  assertMutable(project);
  if (project.isDomain && project.enabled)
    throw forbidden('Cannot delete a domain that is enabled, please disable it first.');
}
