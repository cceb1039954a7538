import { Type } from 'typebox';
import { FlagText, Limit, Marker, ProjectParams } from './common.ts';

const Text = Type.String({ maxLength: 255 });
const UUID = '^[0-9a-fA-F-]{32,36}$';
const Anything = Type.Record(Type.String(), Type.Unknown());
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

export const ConfigParams = Type.Object({ ...ProjectParams.properties, config_id: Type.String() });
export const DeploymentParams = Type.Object({ ...ProjectParams.properties, deployment_id: Type.String() });
export const ServerParams = Type.Object({ ...ProjectParams.properties, server_id: Type.String() });

export const ListConfigs = Type.Object({ limit: Limit, marker: Marker, global_tenant: FlagText });
export const ListDeployments = Type.Object({ server_id: Type.Optional(Text) });

export const CreateConfig = Type.Object({
  /** Our own: an id that is known before, so that what is sent again makes nothing twice. */
  id: orNull(Type.String({ pattern: UUID })),
  name: orNull(Text),
  group: orNull(Text),
  config: Type.Optional(Type.Unknown()),
  inputs: orNull(Type.Array(Anything)),
  outputs: orNull(Type.Array(Anything)),
  options: orNull(Anything),
});

const Status = Type.Union(['IN_PROGRESS', 'COMPLETE', 'FAILED'].map((status) => Type.Literal(status)));
const CHANGES = {
  action: orNull(Text),
  status: orNull(Status),
  status_reason: orNull(Type.String({ maxLength: 65_535 })),
  input_values: orNull(Anything),
  output_values: orNull(Anything),
};

export const CreateDeployment = Type.Object({
  ...CHANGES,
  config_id: Type.String(),
  server_id: Text,
  stack_user_project_id: orNull(Text),
  deployment_id: orNull(Type.String({ pattern: UUID })),
});

export const UpdateDeployment = Type.Object({ ...CHANGES, config_id: orNull(Type.String()) });
