import { Type } from 'typebox';
import { attributes, STANDARD, STANDARD_CHANGE, type Attributes } from './common.ts';

const Addresses = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 1000 });
const { tags: _untagged, ...GROUP_STANDARD } = STANDARD;

export const CreateAddressGroup = attributes({ ...GROUP_STANDARD, addresses: Type.Optional(Addresses) });
export const UpdateAddressGroup = attributes(STANDARD_CHANGE);
export const AddressesBody = attributes({ addresses: Addresses });

export type CreateAddressGroupBody = Attributes<typeof CreateAddressGroup>;
export type UpdateAddressGroupBody = Attributes<typeof UpdateAddressGroup>;
