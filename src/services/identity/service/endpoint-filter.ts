import type { Ctx } from '#kernel/context.ts';
import { notFound } from '#kernel/errors.ts';
import { newHexId } from '#kernel/ids.ts';
import { endpointNotFound, type Endpoint } from '../model/catalog.ts';
import {
  endpointGroupNotFound,
  isInGroup,
  type EndpointGroup,
  type ProjectEndpoint,
  type ProjectEndpointGroup,
} from '../model/endpoint-group.ts';
import { projectNotFound, type Project } from '../model/project.ts';
import { endpointStore } from '../store/catalog.ts';
import { endpointGroupStore, endpointLinkStore } from '../store/endpoint-groups.ts';
import { projectStore } from '../store/projects.ts';
import { handleOf, inTransaction, type IdentityDeps } from './deps.ts';

type Draft = Partial<Omit<EndpointGroup, 'id'>>;

/** Use-cases on which endpoints the catalogues of which projects have. */
export class EndpointFilterService {
  readonly #deps: IdentityDeps;

  constructor(deps: IdentityDeps) {
    this.#deps = deps;
  }

  listGroups(_ctx: Ctx, filter: { name?: string }): Promise<EndpointGroup[]> {
    return endpointGroupStore.list(this.#db, filter);
  }

  async getGroup(_ctx: Ctx, id: string): Promise<EndpointGroup> {
    const group = await endpointGroupStore.find(this.#db, id);
    if (!group) throw endpointGroupNotFound(id);
    return group;
  }

  async createGroup(
    _ctx: Ctx,
    body: Pick<EndpointGroup, 'name' | 'filters'> & Draft,
  ): Promise<EndpointGroup> {
    const { name, description = '', filters } = body;
    const group: EndpointGroup = { id: newHexId(), name, description, filters };
    await endpointGroupStore.insert(this.#db, group);
    return group;
  }

  async updateGroup(ctx: Ctx, id: string, change: Draft): Promise<EndpointGroup> {
    const before = await this.getGroup(ctx, id);
    const group: EndpointGroup = {
      id,
      name: change.name ?? before.name,
      description: change.description ?? before.description,
      filters: change.filters ?? before.filters,
    };
    await this.#changed(() => endpointGroupStore.update(this.#db, group));
    return group;
  }

  async deleteGroup(ctx: Ctx, id: string): Promise<void> {
    await this.getGroup(ctx, id);
    await this.#changed(() => inTransaction(this.#deps, (tx) => endpointGroupStore.delete(tx, id)));
  }

  async endpointsOfGroup(ctx: Ctx, id: string): Promise<Endpoint[]> {
    const group = await this.getGroup(ctx, id);
    return (await endpointStore.list(this.#db, {})).filter((endpoint) => isInGroup(endpoint, group));
  }

  async projectsOfGroup(ctx: Ctx, endpointGroupId: string): Promise<Project[]> {
    await this.getGroup(ctx, endpointGroupId);
    return this.#projects(await endpointLinkStore.groups(this.#db, { endpointGroupId }));
  }

  async groupsOfProject(_ctx: Ctx, projectId: string): Promise<EndpointGroup[]> {
    await this.#assertProject(projectId);
    const links = await endpointLinkStore.groups(this.#db, { projectId });
    return endpointGroupStore.list(this.#db, { id: links.map((link) => link.endpointGroupId) });
  }

  async endpointsOfProject(ctx: Ctx, projectId: string): Promise<Endpoint[]> {
    const groups = await this.groupsOfProject(ctx, projectId);
    const links = await endpointLinkStore.endpoints(this.#db, { projectId });
    const linked = new Set(links.map((link) => link.endpointId));
    return (await endpointStore.list(this.#db, {})).filter(
      (endpoint) => linked.has(endpoint.id) || groups.some((group) => isInGroup(endpoint, group)),
    );
  }

  async projectsOfEndpoint(_ctx: Ctx, endpointId: string): Promise<Project[]> {
    await this.#assertEndpoint(endpointId);
    return this.#projects(await endpointLinkStore.endpoints(this.#db, { endpointId }));
  }

  async linkEndpoint(_ctx: Ctx, link: ProjectEndpoint): Promise<void> {
    await this.#assertProject(link.projectId);
    await this.#assertEndpoint(link.endpointId);
    await this.#changed(() => endpointLinkStore.addEndpoint(this.#db, link));
  }

  async checkEndpoint(_ctx: Ctx, link: ProjectEndpoint): Promise<void> {
    await this.#assertProject(link.projectId);
    await this.#assertEndpoint(link.endpointId);
    if ((await endpointLinkStore.endpoints(this.#db, link)).length === 0)
      throw notFound(`Endpoint ${link.endpointId} not found in project ${link.projectId}.`);
  }

  async unlinkEndpoint(ctx: Ctx, link: ProjectEndpoint): Promise<void> {
    await this.checkEndpoint(ctx, link);
    await this.#changed(() => endpointLinkStore.removeEndpoint(this.#db, link));
  }

  async linkGroup(ctx: Ctx, link: ProjectEndpointGroup): Promise<void> {
    await this.#assertProject(link.projectId);
    await this.getGroup(ctx, link.endpointGroupId);
    await this.#changed(() => endpointLinkStore.addGroup(this.#db, link));
  }

  async checkGroup(ctx: Ctx, link: ProjectEndpointGroup): Promise<void> {
    await this.#assertProject(link.projectId);
    await this.getGroup(ctx, link.endpointGroupId);
    if ((await endpointLinkStore.groups(this.#db, link)).length === 0)
      throw notFound(`Endpoint group ${link.endpointGroupId} not found in project ${link.projectId}.`);
  }

  async unlinkGroup(ctx: Ctx, link: ProjectEndpointGroup): Promise<void> {
    await this.checkGroup(ctx, link);
    await this.#changed(() => endpointLinkStore.removeGroup(this.#db, link));
  }

  #projects(links: readonly { readonly projectId: string }[]): Promise<Project[]> {
    return projectStore.findMany(
      this.#db,
      links.map((link) => link.projectId),
    );
  }

  async #assertProject(id: string): Promise<void> {
    if (!(await projectStore.find(this.#db, id))) throw projectNotFound(id);
  }

  async #assertEndpoint(id: string): Promise<void> {
    if (!(await endpointStore.find(this.#db, id))) throw endpointNotFound(id);
  }

  async #changed(write: () => Promise<unknown>): Promise<void> {
    await write();
    this.#deps.identityChanged();
  }

  get #db() {
    return handleOf(this.#deps);
  }
}
