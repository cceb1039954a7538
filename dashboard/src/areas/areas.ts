import { compute } from './compute/area.ts';
import type { Extension } from './extension.ts';
import { identity } from './identity/area.ts';
import { network } from './network/area.ts';
import { operations } from './operations/area.ts';
import { orchestration } from './orchestration/area.ts';
import { overview } from './overview/area.ts';
import { security } from './security/area.ts';
import { storage } from './storage/area.ts';

/** THE list: everything the dashboard shows, in the order of its navigation. */
export const EXTENSIONS: readonly Extension[] = [
  overview,
  compute,
  network,
  storage,
  orchestration,
  security,
  identity,
  operations,
];
