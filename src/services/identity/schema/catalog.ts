import { Type } from 'typebox';
import { Id, Name, Nullable } from './common.ts';

const Text = Type.Optional(Type.String({ maxLength: 255 }));
const Region = {
  description: Type.Optional(Type.String()),
  parent_region_id: Type.Optional(Nullable(Type.String())),
};

export const CreateRegion = Type.Object({
  id: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  ...Region,
});
export const UpdateRegion = Type.Object(Region);
export const ListRegions = Type.Object({ parent_region_id: Text });

const Service = {
  name: Text,
  description: Type.Optional(Type.String()),
  enabled: Type.Optional(Type.Boolean()),
};
export const CreateService = Type.Object({ type: Name(255), ...Service });
export const UpdateService = Type.Object({ type: Type.Optional(Name(255)), ...Service });
export const ListServices = Type.Object({ type: Text, name: Text });

const Interface = Type.Union([Type.Literal('public'), Type.Literal('internal'), Type.Literal('admin')]);
const Url = Type.String({ minLength: 1, maxLength: 2048, pattern: '^[a-z]+://|^/' });
const Endpoint = {
  region_id: Type.Optional(Nullable(Type.String())),
  region: Type.Optional(Nullable(Type.String())),
  enabled: Type.Optional(Type.Boolean()),
};
export const CreateEndpoint = Type.Object({ service_id: Id, interface: Interface, url: Url, ...Endpoint });
export const UpdateEndpoint = Type.Object({
  service_id: Type.Optional(Id),
  interface: Type.Optional(Interface),
  url: Type.Optional(Url),
  ...Endpoint,
});
export const ListEndpoints = Type.Object({ interface: Text, service_id: Text, region_id: Text });

const Filters = Type.Object(
  { interface: Type.Optional(Interface), service_id: Text, region_id: Text },
  { additionalProperties: false },
);
export const CreateEndpointGroup = Type.Object({
  name: Name(255),
  description: Type.Optional(Type.String()),
  filters: Filters,
});
export const UpdateEndpointGroup = Type.Object({
  name: Type.Optional(Name(255)),
  description: Type.Optional(Type.String()),
  filters: Type.Optional(Filters),
});
export const ListEndpointGroups = Type.Object({ name: Text });
