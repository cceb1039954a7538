import { Type } from 'typebox';

/** Attributes are checked one by one in `model/patch.ts`, since any other name is a custom property. */
export const CreateImage = Type.Object({
  id: Type.Optional(
    Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' }),
  ),
});
export const ImageParams = Type.Object({ image_id: Type.String() });
export const StoreImageParams = Type.Object({
  store: Type.String({ maxLength: 255 }),
  image_id: Type.String(),
});
export const TagParams = Type.Object({ image_id: Type.String(), tag: Type.String({ maxLength: 255 }) });
export const MemberParams = Type.Object({
  image_id: Type.String(),
  member_id: Type.String({ maxLength: 255 }),
});
export const PatchImage = Type.Array(Type.Object({}), { maxItems: 500 });
export const AddMember = Type.Object({ member: Type.String({ minLength: 1, maxLength: 255 }) });
export const UpdateMember = Type.Object({
  status: Type.Union([Type.Literal('pending'), Type.Literal('accepted'), Type.Literal('rejected')]),
});
export const PATCH_TYPES = [
  'application/openstack-images-v2.1-json-patch',
  'application/openstack-images-v2.0-json-patch',
];
export const DATA_TYPES = ['application/octet-stream'];
