import type { Viewer } from '../kind.ts';
import type { AddressScope, SubnetPool } from '../model/subnet-pool.ts';
import { sharedAmong } from '../store/sharing.ts';
import type { NetworkDb } from '../tables.ts';
import { idsOf, standardView } from './standard.ts';

export async function scopeViews(db: NetworkDb, scopes: readonly AddressScope[], viewer: Viewer) {
  const shared = await sharedAmong(db, idsOf(scopes), viewer.projectId);
  return scopes.map((scope) => ({
    id: scope.id,
    name: scope.name,
    project_id: scope.projectId,
    tenant_id: scope.projectId,
    ip_version: scope.ipVersion,
    shared: shared.has(scope.id),
  }));
}

export async function poolViews(db: NetworkDb, pools: readonly SubnetPool[], viewer: Viewer) {
  const shared = await sharedAmong(db, idsOf(pools), viewer.projectId);
  return pools.map((pool) => ({
    ...standardView(pool),
    ip_version: pool.ipVersion,
    prefixes: pool.prefixes,
    min_prefixlen: pool.minPrefixlen,
    max_prefixlen: pool.maxPrefixlen,
    default_prefixlen: pool.defaultPrefixlen,
    default_quota: pool.defaultQuota,
    is_default: pool.isDefault,
    address_scope_id: pool.addressScopeId,
    shared: shared.has(pool.id),
  }));
}
