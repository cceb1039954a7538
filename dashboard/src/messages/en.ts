import { common } from './en/common.ts';
import { compute } from './en/compute.ts';
import { network } from './en/network.ts';
import { orchestration } from './en/orchestration.ts';
import { overview } from './en/overview.ts';
import { storage } from './en/storage.ts';

/** Every text of the dashboard. A key that is not here does not compile; `zh.ts` has the same keys. */
export const en = { ...common, ...overview, ...compute, ...network, ...storage, ...orchestration } as const;

export type MessageKey = keyof typeof en;
