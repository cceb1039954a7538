import { Type, type Static } from 'typebox';
import { Flag, LIST_QUERY, Name } from './common.ts';

export const CreateTransfer = Type.Object({
  transfer: Type.Object({
    volume_id: Type.String({ minLength: 1, maxLength: 255 }),
    name: Type.Optional(Name),
    no_snapshots: Type.Optional(Flag),
  }),
});
export type CreateTransferBody = Static<typeof CreateTransfer>['transfer'];

export const AcceptTransfer = Type.Object({
  accept: Type.Object({ auth_key: Type.String({ maxLength: 255 }) }),
});

export const ListTransfers = Type.Object(LIST_QUERY);
