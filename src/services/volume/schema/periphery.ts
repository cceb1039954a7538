import { Type, type Static } from 'typebox';
import { FlagText } from './common.ts';

const Id = Type.String({ minLength: 1, maxLength: 255 });
const Filter = Type.Optional(Type.String({ maxLength: 255 }));

/** Of a type: who may use it. */
export const AccessBody = Type.Object({ project: Id });

const Provider = Type.String({ minLength: 1, maxLength: 255 });
const Cipher = Type.Union([Type.String({ maxLength: 255 }), Type.Null()]);
const KeySize = Type.Union([
  Type.Integer({ minimum: 0, maximum: 65_536 }),
  Type.String({ pattern: '^[0-9]{0,5}$' }),
  Type.Null(),
]);
const Location = Type.Union([Type.Literal('front-end'), Type.Literal('back-end')]);

export const CreateEncryption = Type.Object({
  encryption: Type.Object({
    provider: Provider,
    control_location: Location,
    cipher: Type.Optional(Cipher),
    key_size: Type.Optional(KeySize),
  }),
});

export const UpdateEncryption = Type.Object({
  encryption: Type.Object({
    provider: Type.Optional(Provider),
    control_location: Type.Optional(Location),
    cipher: Type.Optional(Cipher),
    key_size: Type.Optional(KeySize),
  }),
});
export type EncryptionBody = Static<typeof UpdateEncryption>['encryption'];

export const EncryptionParams = Type.Object({ type: Type.String(), encryption: Type.String() });

export const SetDefaultType = Type.Object({ default_type: Type.Object({ volume_type: Id }) });
export const ProjectParams = Type.Object({ target: Type.String() });

/** Limits by name, beside what clients of old send along: the project, and whether it is meant. */
export const Limits = Type.Record(
  Type.String({ minLength: 1, maxLength: 300 }),
  Type.Union([Type.Integer(), Type.String({ maxLength: 255 }), Type.Boolean(), Type.Null()]),
);
export type LimitsBody = Static<typeof Limits>;
export const UpdateQuotaSet = Type.Object({ quota_set: Limits });
export const UpdateQuotaClass = Type.Object({ quota_class_set: Limits });
export const QuotaQuery = Type.Object({ usage: FlagText });
export const ClassParams = Type.Object({ class: Type.String() });
export const LimitsQuery = Type.Object({ project_id: Filter, tenant_id: Filter });

export const ListProcesses = Type.Object({ host: Filter, binary: Filter });
export const HostParams = Type.Object({ host: Type.String() });
export const ProcessBody = Type.Object({
  host: Id,
  binary: Type.Optional(Id),
  service: Type.Optional(Id),
});
export const ProcessReasonBody = Type.Object({
  ...ProcessBody.properties,
  disabled_reason: Type.String({ minLength: 1, maxLength: 255 }),
});
export const HostBody = Type.Object({ host: Id });
export const HostStatusBody = Type.Object({
  status: Type.Union([Type.Literal('enable'), Type.Literal('disable')]),
});
export const PoolQuery = Type.Object({ detail: FlagText, name: Filter, volume_type: Filter });
export const AliasParams = Type.Object({ alias: Type.String() });
export const ResourceQuery = Type.Object({ resource: Filter });
