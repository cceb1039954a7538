import { isMap, type JsonMap } from '../../template/json.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { Things } from '../rest/collection.ts';
import { flag, list, LIVE, map, text } from '../rest/fields.ts';
import { byStatus, restType, type RestKind } from '../rest/rest-type.ts';
import type { Fields } from '../rest/field.ts';

/** What the networking API may be told beyond the properties. */
const VALUE_SPECS = map('Extra parameters to include in the request.', { ...LIVE, default: {}, wire: null });

export const TAGS = list('The tags to be added.', { ...LIVE, wire: null, items: text('A tag.') });
export const TENANT = text('The project that owns it. Only administrators may say another than their own.', {
  wire: 'tenant_id',
});
export const UP = flag('Whether it is up.', { ...LIVE, default: true });
export const NAME = text('Its name.', LIVE);
export const COMMON: Fields = { name: NAME, value_specs: VALUE_SPECS };

/** A kind of Neutron's: `value_specs` go into the request, `tags` are set beside it, BUILD is waited for. */
export function neutronType(kind: RestKind): ResourceType {
  const tagged = Object.hasOwn(kind.fields, 'tags');
  return restType({
    ...kind,
    attributes: { ...STANDARD, ...kind.attributes },
    async shape(body, run, changed) {
      const whole = { ...body, ...valueSpecs(run, changed) };
      return (await kind.shape?.(whole, run, changed)) ?? whole;
    },
    async complete(run, id, changed) {
      if (tagged && (changed?.has('tags') ?? run.properties['tags'] !== undefined))
        await setTags(kind, run, id);
      await kind.complete?.(run, id, changed);
    },
    ...(Object.hasOwn(kind.attributes ?? {}, 'status') && { atRest: kind.atRest ?? BUILT }),
  });
}

const STANDARD = { project_id: 'The project that owns it.', tenant_id: 'The project that owns it.' };
export const BUILT = byStatus(['BUILD', 'PENDING_CREATE', 'PENDING_UPDATE'], ['ERROR']);

function valueSpecs({ properties }: ResourceRun, changed?: ReadonlySet<string>): JsonMap {
  const given = properties['value_specs'];
  return isMap(given) && (changed?.has('value_specs') ?? true) ? given : {};
}

async function setTags(kind: RestKind, run: ResourceRun, id: string): Promise<void> {
  const collection = typeof kind.collection === 'function' ? await kind.collection(run) : kind.collection;
  const tags = run.properties['tags'] ?? [];
  await new Things(run.cloud, collection).call({ method: 'PUT', path: `/${id}/tags`, body: { tags } });
}

/** What only administrators may say is left out where it says nothing new. */
export function onlyWhenTrue(...names: readonly string[]): NonNullable<RestKind['shape']> {
  return (body, _run, changed) =>
    changed
      ? body
      : Object.fromEntries(
          Object.entries(body).filter(([name, value]) => !names.includes(name) || value === true),
        );
}
