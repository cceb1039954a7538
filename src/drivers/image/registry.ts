import { join } from 'node:path';
import { CloudError } from '#kernel/errors.ts';
import type { Config, Secrets } from '#kernel/config.ts';
import type { ImageStore } from './driver.ts';
import { FileImageStore } from './file/driver.ts';
import { S3ImageStore } from './s3/driver.ts';

/** A store as the config has it. */
export type StoreConfig = NonNullable<NonNullable<Config['image']>['stores']>[number];
type Credentials = NonNullable<Secrets['imageStores']>[string];

interface Place {
  /** Directory of what control keeps. */
  readonly directory: string;
  readonly credentials: Credentials | undefined;
}

export function openImageStore(config: StoreConfig, { directory, credentials }: Place): ImageStore {
  if (config.kind === 'file') return new FileImageStore(config.directory ?? join(directory, 'images'));
  if (!credentials)
    throw new CloudError(
      'bad-request',
      `secrets.yaml has no imageStores.${config.id}: the keys of that store.`,
    );
  return new S3ImageStore({ ...config, ...credentials, prefix: config.prefix ?? '' });
}
