import type { NetworkDriver } from './driver.ts';
import { FakeNetworkDriver } from './fake/driver.ts';
import { LinuxNetworkDriver, type LinuxNetworkOptions } from './linux/driver.ts';

/** What a node's configuration may say about networks. */
export type NetworkDriverConfig = LinuxNetworkOptions;

/** Every network driver by the name that the configuration uses. */
export const networkDrivers = {
  fake: () => new FakeNetworkDriver(),
  linux: (config) => new LinuxNetworkDriver(config),
} satisfies Record<string, (config: NetworkDriverConfig) => NetworkDriver>;
