import { textOf, type JsonMap } from '../../template/json.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { gone, ownName, Things } from '../rest/collection.ts';
import { listOf, LIVE, map, NEEDED, ref, text } from '../rest/fields.ts';
import { restType } from '../rest/rest-type.ts';
import { QOS_SPECS, VOLUME_TYPES } from './collections.ts';

export const qosSpecs = restType({
  name: 'OS::Cinder::QoSSpecs',
  description: 'How fast volumes may be.',
  collection: QOS_SPECS,
  mark: null,
  fields: {
    name: text('Its name.'),
    specs: map('What it says.', { ...NEEDED, ...LIVE, wire: null }),
  },
  shape: (body, { properties, resource }, changed) =>
    changed
      ? {}
      : {
          ...((properties['specs'] ?? {}) as JsonMap),
          name: ownName(resource.physicalName, QOS_SPECS),
          ...body,
        },
  async complete({ properties, cloud }, id, changed) {
    if (!changed) return;
    const qos = new Things(cloud, QOS_SPECS);
    const wanted = (properties['specs'] ?? {}) as JsonMap;
    const there = ((await qos.get(id))['specs'] ?? {}) as JsonMap;
    const keys = Object.keys(there).filter((key) => !Object.hasOwn(wanted, key));
    if (keys.length > 0) await qos.call({ method: 'PUT', path: `/${id}/delete_keys`, body: { keys } });
    if (Object.keys(wanted).length > 0) await qos.change(id, wanted);
  },
});

export const qosAssociation: ResourceType = association();

function association(): ResourceType {
  const fields = {
    qos_specs: ref(QOS_SPECS, 'The specs.', NEEDED),
    volume_types: listOf(ref(VOLUME_TYPES, 'A type.'), 'The types that have them.', { ...NEEDED, ...LIVE }),
  };
  const join = async ({ cloud }: ResourceRun, id: string, verb: string, types: readonly string[]) => {
    for (const vol_type_id of types)
      await gone(
        new Things(cloud, QOS_SPECS).call({ method: 'GET', path: `/${id}/${verb}`, query: { vol_type_id } }),
      );
  };
  const bring = async (run: ResourceRun, id: string) => {
    const types = new Things(run.cloud, VOLUME_TYPES);
    const named = (run.properties['volume_types'] ?? []) as readonly string[];
    const wanted = await Promise.all(named.map((name) => types.idOf(name)));
    const before = (run.resource.data['types'] ?? []) as readonly string[];
    await run.keep({ specs: id, types: [...new Set([...before, ...wanted])] });
    await join(
      run,
      id,
      'disassociate',
      before.filter((one) => !wanted.includes(one)),
    );
    await join(run, id, 'associate', wanted);
    await run.keep({ types: wanted });
  };
  return {
    name: 'OS::Cinder::QoSAssociation',
    description: 'Gives types of volumes specs.',
    properties: fields,
    attributes: {},
    async create(run) {
      await bring(run, await new Things(run.cloud, QOS_SPECS).idOf(textOf(run.properties['qos_specs'])));
      return run.resource.physicalName;
    },
    update: (run) => bring(run, String(run.resource.data['specs'])),
    async remove(run) {
      const { specs, types = [] } = run.resource.data;
      if (typeof specs === 'string') await join(run, specs, 'disassociate', types as readonly string[]);
    },
    async check({ resource, cloud }) {
      await new Things(cloud, QOS_SPECS).get(String(resource.data['specs']));
    },
  };
}
