import type { Ctx } from '#kernel/context.ts';
import { notFound } from '#kernel/errors.ts';
import { newHexId } from '#kernel/ids.ts';
import {
  endpointNotFound,
  regionNotFound,
  serviceNotFound,
  type Endpoint,
  type Region,
} from '../model/catalog.ts';
import { policyNotFound, type PolicyAssociation, type PolicyDocument } from '../model/policy-document.ts';
import { endpointStore, regionStore, serviceStore } from '../store/catalog.ts';
import { policyAssociationStore, policyStore } from '../store/policies.ts';
import { handleOf, inTransaction, type IdentityDeps } from './deps.ts';

type Draft = Partial<Omit<PolicyDocument, 'id'>>;

/** Use-cases on policy documents, and on the endpoints that they are for. */
export class PolicyDocumentService {
  readonly #deps: IdentityDeps;

  constructor(deps: IdentityDeps) {
    this.#deps = deps;
  }

  list(_ctx: Ctx, filter: { type?: string }): Promise<PolicyDocument[]> {
    return policyStore.list(this.#db, filter);
  }

  async get(_ctx: Ctx, id: string): Promise<PolicyDocument> {
    const policy = await policyStore.find(this.#db, id);
    if (!policy) throw policyNotFound(id);
    return policy;
  }

  async create(_ctx: Ctx, body: Pick<PolicyDocument, 'type' | 'blob'> & Draft): Promise<PolicyDocument> {
    const policy = { id: newHexId(), type: body.type, blob: body.blob, extra: body.extra ?? {} };
    await policyStore.insert(this.#db, policy);
    return policy;
  }

  async update(ctx: Ctx, id: string, { type, blob, extra }: Draft): Promise<PolicyDocument> {
    const before = await this.get(ctx, id);
    const after: PolicyDocument = {
      id,
      type: type ?? before.type,
      blob: blob ?? before.blob,
      extra: { ...before.extra, ...extra },
    };
    await policyStore.update(this.#db, after);
    return after;
  }

  async delete(ctx: Ctx, id: string): Promise<void> {
    await this.get(ctx, id);
    await inTransaction(this.#deps, (tx) => policyStore.delete(tx, id));
  }

  async associate(ctx: Ctx, association: PolicyAssociation): Promise<void> {
    const { policyId, ...place } = await this.#existing(ctx, association);
    await inTransaction(this.#deps, (tx) => policyAssociationStore.set(tx, policyId, place));
  }

  async checkAssociation(ctx: Ctx, association: PolicyAssociation): Promise<void> {
    const found = await policyAssociationStore.find(this.#db, await this.#existing(ctx, association));
    if (!found) throw notFound(`The policy ${association.policyId} is not associated so.`);
  }

  async dissociate(ctx: Ctx, association: PolicyAssociation): Promise<void> {
    await this.checkAssociation(ctx, association);
    await policyAssociationStore.delete(this.#db, association);
  }

  /** Every endpoint that a policy is for: by itself, or by its service, in its region or anywhere. */
  async endpointsOf(ctx: Ctx, id: string): Promise<Endpoint[]> {
    await this.get(ctx, id);
    const [associations, endpoints] = [
      await policyAssociationStore.list(this.#db, id),
      await endpointStore.list(this.#db, {}),
    ];
    return endpoints.filter((endpoint) =>
      associations.some((one) =>
        one.endpointId === ''
          ? one.serviceId === endpoint.serviceId && ['', endpoint.regionId].includes(one.regionId)
          : one.endpointId === endpoint.id,
      ),
    );
  }

  /** The policy of an endpoint: its own, else that of its service in its region or the regions above, else its service's. */
  async policyOf(ctx: Ctx, endpointId: string): Promise<PolicyDocument> {
    const endpoint = await endpointStore.find(this.#db, endpointId);
    if (!endpoint) throw endpointNotFound(endpointId);
    const regions = new Map((await regionStore.list(this.#db, {})).map((region) => [region.id, region]));
    const places = [
      { endpointId, serviceId: '', regionId: '' },
      ...[...upwards(regions, endpoint.regionId), ''].map((regionId) => ({
        endpointId: '',
        serviceId: endpoint.serviceId,
        regionId,
      })),
    ];
    for (const place of places) {
      const found = await policyAssociationStore.find(this.#db, place);
      if (found) return this.get(ctx, found.policyId);
    }
    throw notFound(`No policy is associated with endpoint ${endpointId}.`);
  }

  async #existing(ctx: Ctx, association: PolicyAssociation): Promise<PolicyAssociation> {
    const { policyId, serviceId, regionId, endpointId } = association;
    await this.get(ctx, policyId);
    if (endpointId !== '' && !(await endpointStore.find(this.#db, endpointId)))
      throw endpointNotFound(endpointId);
    if (serviceId !== '' && !(await serviceStore.find(this.#db, serviceId))) throw serviceNotFound(serviceId);
    if (regionId !== '' && !(await regionStore.find(this.#db, regionId))) throw regionNotFound(regionId);
    return association;
  }

  get #db() {
    return handleOf(this.#deps);
  }
}

/** A region and those above it; a circle ends where it closes. */
function upwards(regions: ReadonlyMap<string, Region>, from: string | null): string[] {
  const path: string[] = [];
  for (let id = from; id !== null && !path.includes(id); id = regions.get(id)?.parentRegionId ?? null)
    path.push(id);
  return path;
}
