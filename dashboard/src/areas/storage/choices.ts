import { collect } from '../../resources/collect.ts';
import type { BrowserCaller } from '../../session/browser-caller.ts';

interface Volume {
  readonly id: string;
  readonly name: string | null;
  readonly size: number;
}

/** Every volume of the project. */
export async function volumeChoices(caller: BrowserCaller) {
  const place = { service: 'volumev3', path: '/volumes/detail', collection: 'volumes' };
  const volumes = await collect<Volume>(caller, place);
  return volumes.map(({ id, name, size }) => ({ value: id, label: `${name || id} (${size} GiB)` }));
}
