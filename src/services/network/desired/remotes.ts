import type { DesiredObject } from '#node/protocol.ts';
import { portStore } from '../store/ports.ts';
import type { NetworkDb } from '../tables.ts';

/** Host → the address at which other nodes reach it. A host that is not in it cannot be reached by tunnels. */
export type NodeAddresses = ReadonlyMap<string, string>;

/** Ids of the ports elsewhere that a host's tunnels must know. @param networkIds only those on these. */
export async function remotesOn(
  db: NetworkDb,
  host: string,
  networkIds?: readonly string[],
): Promise<string[]> {
  let query = db
    .selectFrom('network_port')
    .innerJoin('network_network', 'network_network.id', 'network_port.network_id')
    .select('network_port.id')
    .where('network_network.network_type', '=', 'vxlan')
    .where('network_network.external', '=', 0)
    .where('network_port.host', 'not in', ['', host])
    .where('network_port.network_id', 'in', (eb) =>
      eb.selectFrom('network_port as here').select('here.network_id').where('here.host', '=', host),
    );
  if (networkIds) query = query.where('network_port.network_id', 'in', networkIds);
  return (await query.execute()).map(({ id }) => id);
}

/** Of the same, those on networks of which the host has no ports but these. */
export async function remotesOfNetworks(
  db: NetworkDb,
  host: string,
  portIds: readonly string[],
): Promise<string[]> {
  if (portIds.length === 0) return [];
  const onHost = () => db.selectFrom('network_port').select('network_id').distinct().where('host', '=', host);
  const touched = await onHost().where('id', 'in', portIds).execute();
  if (touched.length === 0) return [];
  const ids = touched.map((row) => row.network_id);
  const older = await onHost().where('network_id', 'in', ids).where('id', 'not in', portIds).execute();
  const known = new Set(older.map((row) => row.network_id));
  const fresh = ids.filter((id) => !known.has(id));
  return fresh.length === 0 ? [] : remotesOn(db, host, fresh);
}

export async function loadRemotes(
  db: NetworkDb,
  ids: readonly string[],
  addresses: NodeAddresses,
): Promise<DesiredObject[]> {
  return (await portStore.findMany(db, ids)).flatMap((port): DesiredObject[] => {
    const node = addresses.get(port.host);
    if (node === undefined) return [];
    const { id, networkId, generation, macAddress: mac } = port;
    const own = port.fixedIps.map(({ address }) => address);
    const allowed = port.allowedAddressPairs.flatMap(({ ipAddress, macAddress }) =>
      ipAddress.includes('/') || (macAddress && macAddress !== mac) ? [] : [ipAddress],
    );
    const spec = { id, networkId, mac, addresses: [...new Set([...own, ...allowed])], node };
    return [{ kind: 'remote', id, generation, spec }];
  });
}
