import { join } from 'node:path';
import type { BackupStore } from '#drivers/backup/driver.ts';
import { backupStores } from '#drivers/backup/registry.ts';
import { openImageStore, type StoreConfig } from '#drivers/image/registry.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Config, Secrets } from '#kernel/config.ts';
import { Slots } from '#kernel/slots.ts';
import { verifyBeside } from '#oci/verify.ts';
import type { ImageDeps } from '#services/image/service/deps.ts';

/** What a person has set, as the services take it, with what holds where nothing was said. */

interface Settings {
  readonly config: Pick<
    Config,
    'identity' | 'image' | 'containers' | 'registries' | 'volumes' | 'orchestration'
  >;
  readonly secrets: Pick<Secrets, 'tokenKeys' | 'masterKeys' | 'registries' | 'imageStores'>;
  /** Directory of what control keeps besides the database. */
  readonly directory: string;
}

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const GIB = 2 ** 30;
const MAX_IMAGE_BYTES = 64 * GIB;
const DOWNLOAD_RULES = {
  schemes: ['http', 'https'],
  ports: [80, 443],
  hosts: [],
  refusedHosts: [],
  networks: [],
};

const keys = (texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(text, 'base64url'));

export const masterKeys = ({ secrets }: Settings): Buffer[] => keys(secrets.masterKeys);

export const identitySettings = ({ config: { identity = {} }, secrets }: Settings) => ({
  tokenKeys: keys(secrets.tokenKeys),
  ...(identity.passwords === undefined ? {} : { passwordRules: identity.passwords }),
  ...(identity.tokens?.lifetimeSeconds === undefined
    ? {}
    : { tokenLifetime: identity.tokens.lifetimeSeconds * SECOND }),
  ...(identity.tokens?.rotateDays === undefined
    ? {}
    : { tokenKeyLifetime: identity.tokens.rotateDays * DAY }),
});

export const imageSettings = (settings: Settings) => ({
  stores: imageStores(settings),
  inspectContainerArchive: verifyInTurn(),
  maxBytes: MAX_IMAGE_BYTES,
  conversion: settings.config.image?.conversion ?? ('none' as const),
  download: { ...DOWNLOAD_RULES, ...settings.config.image?.download },
});

export const typeSettings = ({ config: { orchestration } }: Pick<Settings, 'config'>) => ({
  dockerEndpoints: orchestration?.dockerEndpoints ?? [],
});

/** Archives of container images are verified in threads; so many have one at a time. */
function verifyInTurn(): ImageDeps['inspectContainerArchive'] {
  const slots = new Slots(2);
  return (path, signal) => slots.run(signal, async () => void (await verifyBeside(path, { signal })));
}

function imageStores({ config, secrets, directory }: Settings): ImageDeps['stores'] {
  const [first = { id: 'file', kind: 'file' as const }, ...others] = config.image?.stores ?? [];
  const open = (store: StoreConfig) => {
    const credentials = secrets.imageStores?.[store.id];
    return {
      id: store.id,
      description: store.description ?? '',
      store: openImageStore(store, { directory, credentials }),
    };
  };
  return [open(first), ...others.map(open)];
}

const containerImages = ({ config: { containers, registries }, secrets }: Settings) => ({
  driver: containers?.imageDriver ?? ('glance' as const),
  defaultRegistry: containers?.defaultRegistry ?? null,
  registries: registries ?? [],
  logins: secrets.registries ?? [],
});

/** In bytes. */
const fileLimits = ({ config: { containers } }: Settings) => ({
  archive: (containers?.archiveLimit ?? 64) * 2 ** 20,
  image: (containers?.imageLimit ?? 10) * 2 ** 30,
});

const consoles = ({ config: { containers } }: Settings) => ({
  ticketSeconds: containers?.consoleTicketSeconds ?? 60,
  origins: containers?.consoleOrigins ?? [],
});

export const containerSettings = (settings: Settings) => ({
  defaultRuntime: 'crun',
  containerImages: containerImages(settings),
  fileLimits: fileLimits(settings),
  consoles: consoles(settings),
});

export function backupStore({ config: { volumes }, directory }: Settings, clock: Clock): BackupStore {
  const { driver, ...options } = volumes?.backups ?? { driver: 'folder' as const };
  return backupStores[driver]({ directory: join(directory, 'backups'), clock, ...options });
}
