import { collect } from '../../resources/collect.ts';
import type { BrowserCaller } from '../../session/browser-caller.ts';

/** All that the caller may see of a kind. */
export const namedChoices = (collection: 'users' | 'projects' | 'roles') => async (caller: BrowserCaller) => {
  const place = { service: 'identity', path: `/${collection}`, collection };
  const all = await collect<{ id: string; name: string }>(caller, place);
  return all.map(({ id, name }) => ({ value: id, label: name }));
};
