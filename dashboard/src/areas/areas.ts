import { compute } from './compute/area.ts';
import type { Extension } from './extension.ts';
import { network } from './network/area.ts';
import { orchestration } from './orchestration/area.ts';
import { overview } from './overview/area.ts';
import { storage } from './storage/area.ts';

/** THE list: everything the dashboard shows, in the order of its navigation. */
export const EXTENSIONS: readonly Extension[] = [overview, compute, network, storage, orchestration];
