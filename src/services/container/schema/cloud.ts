import { Type } from 'typebox';
import { Flag, PageQuery, STRICT } from './common.ts';

export const ListHosts = Type.Object(PageQuery, STRICT);
export const HostParams = Type.Object({ host: Type.String() });
export const ListZones = Type.Object(PageQuery, STRICT);

export const ImageNameParams = Type.Object({
  image: Type.String(),
  second: Type.Optional(Type.String()),
  third: Type.Optional(Type.String()),
});
export const SearchImages = Type.Object(
  { image_driver: Type.Optional(Type.String()), exact_match: Type.Optional(Flag) },
  STRICT,
);
