/** What somebody did to a container, under the id of the request that did it. */
export interface ContainerAction {
  readonly containerId: string;
  readonly requestId: string;
  readonly action: string;
  readonly userId: string;
  readonly projectId: string;
  readonly startedAt: string;
  /** Null while it goes on. */
  readonly finishedAt: string | null;
  /** Why it failed. */
  readonly error: string | null;
}

/** The function of Zun's compute manager that does it: clients show it as the action's event. */
export const eventOf = (action: string): string =>
  action === 'create' ? 'compute__do_container_create' : `compute_container_${action}`;
