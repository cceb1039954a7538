import { Type } from 'typebox';
import { Depth, FlagText, Limit, Marker, ResourceParams, Words } from './common.ts';

export const ListResources = Type.Object(
  {
    nested_depth: Depth,
    with_detail: FlagText,
    type: Words,
    status: Words,
    name: Words,
    action: Words,
    id: Words,
    physical_resource_id: Words,
  },
  { additionalProperties: false },
);

export const ShowResource = Type.Object({ with_attr: Words });

export const ListEvents = Type.Object({
  limit: Limit,
  marker: Marker,
  sort_keys: Words,
  sort_dir: Type.Optional(Type.String({ maxLength: 255 })),
  nested_depth: Depth,
  resource_name: Words,
  resource_type: Words,
  resource_status: Words,
  resource_action: Words,
});

export const EventParams = Type.Object({ ...ResourceParams.properties, event_id: Type.String() });
