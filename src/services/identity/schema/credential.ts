import { Type, type Static } from 'typebox';
import { Id, Name, Nullable } from './common.ts';

const Blob = Type.String({ minLength: 1, maxLength: 65_535 });

export const CreateCredential = Type.Object({
  type: Name(255),
  blob: Blob,
  user_id: Type.Optional(Id),
  project_id: Type.Optional(Nullable(Id)),
});
export const UpdateCredential = Type.Object({
  type: Type.Optional(Name(255)),
  blob: Type.Optional(Blob),
  user_id: Type.Optional(Id),
  project_id: Type.Optional(Nullable(Id)),
});
export const ListCredentials = Type.Object({
  user_id: Type.Optional(Type.String()),
  type: Type.Optional(Type.String()),
});
export type NewCredential = Static<typeof CreateCredential>;
export type CredentialChange = Static<typeof UpdateCredential>;

export const CreateEc2Credential = Type.Object({ tenant_id: Id });

const Text = Type.String({ maxLength: 4096 });
const Texts = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]));
const Ec2Signed = Type.Object({
  access: Text,
  signature: Text,
  host: Type.Optional(Text),
  verb: Type.Optional(Text),
  path: Type.Optional(Text),
  params: Type.Optional(Texts),
  headers: Type.Optional(Nullable(Texts)),
  body_hash: Type.Optional(Nullable(Text)),
});
/** Old clients call it `ec2Credentials`. */
export const Ec2Tokens = Type.Object({
  credentials: Type.Optional(Ec2Signed),
  ec2Credentials: Type.Optional(Ec2Signed),
});
export type Ec2Signed = Static<typeof Ec2Signed>;

export const S3Tokens = Type.Object({
  credentials: Type.Object({
    access: Text,
    signature: Text,
    token: Type.String({ maxLength: 65_535 }),
  }),
});
export type S3Signed = Static<typeof S3Tokens>['credentials'];
