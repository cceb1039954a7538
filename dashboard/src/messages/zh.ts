import { common } from './zh/common.ts';
import { compute } from './zh/compute.ts';
import { network } from './zh/network.ts';
import { orchestration } from './zh/orchestration.ts';
import { overview } from './zh/overview.ts';
import { storage } from './zh/storage.ts';
import type { Texts } from './messages.tsx';

export const zh: Texts = { ...common, ...overview, ...compute, ...network, ...storage, ...orchestration };
