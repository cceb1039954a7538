/**
 * The three functions of the Reflect.metadata proposal that tsyringe, inside @peculiar/x509, refuses to load without.
 * Import this before that package.
 */
interface Metadata {
  defineMetadata(key: unknown, value: unknown, target: object): void;
  getOwnMetadata(key: unknown, target: object): unknown;
  getMetadata(key: unknown, target: object): unknown;
}

const stores = new WeakMap<object, Map<unknown, unknown>>();

const metadata: Metadata = {
  defineMetadata(key, value, target) {
    const store = stores.get(target) ?? new Map<unknown, unknown>();
    stores.set(target, store.set(key, value));
  },
  getOwnMetadata: (key, target) => stores.get(target)?.get(key),
  getMetadata(key, target) {
    const parent = Object.getPrototypeOf(target) as object | null;
    return stores.get(target)?.get(key) ?? (parent ? metadata.getMetadata(key, parent) : undefined);
  },
};

if (!('getMetadata' in Reflect)) Object.assign(Reflect, metadata);
