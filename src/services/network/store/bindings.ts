import type { NetworkDb } from '../tables.ts';

export interface Binding {
  readonly portId: string;
  readonly host: string;
  readonly vnicType: string;
  readonly profile: Readonly<Record<string, unknown>>;
  readonly active: boolean;
}

const rowOf = ({ portId, host, vnicType, profile }: Binding) => ({
  port_id: portId,
  host,
  vnic_type: vnicType,
  profile: JSON.stringify(profile),
});

/** Bindings that wait; the active one is in the port's own row. */
export const bindingStore = {
  async waitingFor(db: NetworkDb, portId: string): Promise<Binding[]> {
    const rows = await db
      .selectFrom('network_binding')
      .selectAll()
      .where('port_id', '=', portId)
      .orderBy('host')
      .execute();
    return rows.map((row) => ({
      portId: row.port_id,
      host: row.host,
      vnicType: row.vnic_type,
      profile: JSON.parse(row.profile) as Record<string, unknown>,
      active: false,
    }));
  },

  async insert(db: NetworkDb, binding: Binding): Promise<void> {
    await db.insertInto('network_binding').values(rowOf(binding)).execute();
  },

  async replace(db: NetworkDb, binding: Binding): Promise<void> {
    const { portId, host } = binding;
    await db
      .updateTable('network_binding')
      .set(rowOf(binding))
      .where('port_id', '=', portId)
      .where('host', '=', host)
      .execute();
  },

  async delete(db: NetworkDb, portId: string, host: string): Promise<void> {
    await db.deleteFrom('network_binding').where('port_id', '=', portId).where('host', '=', host).execute();
  },
};
