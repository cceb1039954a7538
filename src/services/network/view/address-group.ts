import type { Viewer } from '../kind.ts';
import type { AddressGroup } from '../model/address-group.ts';
import { sharedAmong } from '../store/sharing.ts';
import type { NetworkDb } from '../tables.ts';
import { idsOf, standardView } from './standard.ts';

export async function addressGroupViews(db: NetworkDb, groups: readonly AddressGroup[], viewer: Viewer) {
  const shared = await sharedAmong(db, idsOf(groups), viewer.projectId);
  return groups.map((group) => ({
    ...standardView(group),
    addresses: group.addresses,
    shared: shared.has(group.id),
  }));
}
