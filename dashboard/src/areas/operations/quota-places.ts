import type { MessageKey } from '../../messages/messages.tsx';
import type { BrowserCaller } from '../../session/browser-caller.ts';

export interface Limit {
  readonly name: string;
  /** -1 = none. */
  readonly limit: number;
  /** undefined = its API does not say. */
  readonly used: number | undefined;
}

export type LimitChange = Readonly<Record<string, number>>;

/** A service that sets limits. */
export interface Limited {
  readonly service: string;
  readonly title: MessageKey;
  readonly read: (caller: BrowserCaller, project: string) => Promise<Limit[]>;
  readonly write: (caller: BrowserCaller, project: string, change: LimitChange) => Promise<unknown>;
}

interface Use {
  readonly limit: number;
  readonly in_use?: number;
  readonly used?: number;
}
type Uses = Readonly<Record<string, Use | string>>;

const limitsIn = (uses: Uses): Limit[] =>
  Object.entries(uses).flatMap(([name, use]) =>
    typeof use === 'string' ? [] : [{ name, limit: use.limit, used: use.in_use ?? use.used ?? 0 }],
  );

/** Each says the same in its own words. */
export const LIMITED: readonly Limited[] = [
  {
    service: 'container',
    title: 'page.containers',
    read: async (caller, project) =>
      limitsIn(
        await caller.call<Uses>('container', 'GET', `/quotas/${project}`, { query: { usages: 'true' } }),
      ),
    write: (caller, project, body) => caller.call('container', 'PUT', `/quotas/${project}`, { body }),
  },
  {
    service: 'network',
    title: 'page.networks',
    read: async (caller, project) =>
      limitsIn(
        (await caller.call<{ quota: Uses }>('network', 'GET', `/v2.0/quotas/${project}/details`)).quota,
      ),
    write: (caller, project, quota) =>
      caller.call('network', 'PUT', `/v2.0/quotas/${project}`, { body: { quota } }),
  },
  {
    service: 'volumev3',
    title: 'page.volumes',
    read: async (caller, project) => {
      const query = { usage: 'true' };
      const path = `/os-quota-sets/${project}`;
      return limitsIn((await caller.call<{ quota_set: Uses }>('volumev3', 'GET', path, { query })).quota_set);
    },
    write: (caller, project, quota_set) =>
      caller.call('volumev3', 'PUT', `/os-quota-sets/${project}`, { body: { quota_set } }),
  },
];
