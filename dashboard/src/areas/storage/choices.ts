import { collect } from '../../resources/collect.ts';
import type { BrowserCaller } from '../../session/browser-caller.ts';

interface Named {
  readonly id: string;
  readonly name: string | null;
}

type Collection = Parameters<typeof collect>[1];

/** All of a collection. @param value what is sent of the one that is chosen */
export const choicesOf =
  (place: Collection, value = ({ id }: Named): string | null => id) =>
  async (caller: BrowserCaller) =>
    (await collect<Named>(caller, place)).map((one) => ({
      value: value(one) ?? one.id,
      label: one.name || one.id,
    }));

/** Every volume of the project. */
export async function volumeChoices(caller: BrowserCaller) {
  const place = { service: 'volumev3', path: '/volumes/detail', collection: 'volumes' };
  const volumes = await collect<Named & { readonly size: number }>(caller, place);
  return volumes.map(({ id, name, size }) => ({ value: id, label: `${name || id} (${size} GiB)` }));
}
