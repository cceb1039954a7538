import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageStoreContract } from '../contract.ts';
import { FileImageStore } from './driver.ts';

imageStoreContract('a directory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hydria-file-store-'));
  return {
    store: () => new FileImageStore(directory),
    holds: () => readdir(directory),
    close: () => rm(directory, { recursive: true }),
  };
});
