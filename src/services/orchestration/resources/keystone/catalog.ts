import { LIVE, NEEDED, oneOf, ref, text } from '../rest/fields.ts';
import { restType } from '../rest/rest-type.ts';
import { ENDPOINTS, REGIONS, SERVICES } from './collections.ts';
import { ENABLED, NAME } from './people.ts';

export const region = restType({
  name: 'OS::Keystone::Region',
  description: 'A part of the cloud with endpoints of its own.',
  collection: REGIONS,
  mark: null,
  fields: {
    id: text('Its id.'),
    parent_region: ref(REGIONS, 'The region that it is part of.', { ...LIVE, wire: 'parent_region_id' }),
    description: text('Any text.', { ...LIVE, reset: '' }),
    enabled: { ...ENABLED, wire: null },
  },
  /** An id of its own finds it again. */
  shape: (body, { resource }, changed) => (changed ? body : { id: resource.physicalName, ...body }),
});

export const service = restType({
  name: 'OS::Keystone::Service',
  description: 'A service of the catalogue.',
  collection: SERVICES,
  fields: {
    name: NAME,
    description: text('Any text.', LIVE),
    type: text('What kind of service it is.', { ...LIVE, ...NEEDED }),
    enabled: ENABLED,
  },
});

export const endpoint = restType({
  name: 'OS::Keystone::Endpoint',
  description: 'Where a service is.',
  collection: ENDPOINTS,
  fields: {
    region: ref(REGIONS, 'The region of the endpoint.', { ...LIVE, wire: 'region_id' }),
    service: ref(SERVICES, 'The service.', { ...LIVE, ...NEEDED, wire: 'service_id' }),
    interface: oneOf(['public', 'internal', 'admin'], 'For whom it is.', { ...LIVE, default: 'public' }),
    url: text('Its URL.', { ...LIVE, ...NEEDED }),
    name: NAME,
    enabled: ENABLED,
  },
  attributes: {
    region: 'The region of the endpoint.',
    service_id: 'The service.',
    interface: 'For whom it is.',
    url: 'Its URL.',
    name: 'Its name.',
  },
});
