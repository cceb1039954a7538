import { Type, type Static } from 'typebox';
import { orNull, PageQuery, PullPolicy, STRICT } from './common.ts';

/** As Zun has it; `image_driver` is our own. What the node finds out, clients may say and are not heard. */
export const PullImage = Type.Object(
  {
    repo: Type.String({ minLength: 2, maxLength: 255 }),
    host: Type.String({ minLength: 1, maxLength: 255 }),
    tag: orNull(Type.String({ minLength: 1, maxLength: 128 })),
    image_id: orNull(Type.String({ maxLength: 255 })),
    size: orNull(Type.String({ maxLength: 255 })),
    image_pull_policy: orNull(PullPolicy),
    image_driver: orNull(Type.Union([Type.Literal('glance'), Type.Literal('docker')])),
  },
  STRICT,
);
export const ListImages = Type.Object(PageQuery, STRICT);
export const ImageParams = Type.Object({ image: Type.String() });

export type PullImageBody = Static<typeof PullImage>;
export type ListImagesQuery = Static<typeof ListImages>;
