import { IconTrash } from '@tabler/icons-react';
import type { MessageKey } from '../messages/messages.tsx';
import { State } from '../parts/state.tsx';
import type { BrowserCaller } from '../session/browser-caller.ts';
import { collect } from './collect.ts';
import type { Action, Column } from './definition.ts';

/** Where an API keeps a kind of thing. */
export interface RestPlace {
  /** Of the catalogue. */
  readonly service: string;
  /** `/v2.0/routers` */
  readonly path: string;
  /** Where lists are read, when that is another place: `/snapshots/detail`. */
  readonly listPath?: string;
  /** Around a list in an answer, and around a single one. */
  readonly collection: string;
  readonly member: string;
  /** Which of them lists show. */
  readonly query?: Readonly<Record<string, string>>;
}

const oneOf = ({ path }: RestPlace, id: string): string => `${path}/${encodeURIComponent(id)}`;

/** The verbs that all such things have. */
export const restVerbs = <T extends { readonly id: string }>(place: RestPlace) => ({
  id: ({ id }: T): string => id,
  list: (caller: BrowserCaller): Promise<readonly T[]> =>
    collect<T>(caller, { ...place, path: place.listPath ?? place.path }),
  get: async (caller: BrowserCaller, id: string): Promise<T> => {
    const answer = await caller.call<Record<string, T>>(place.service, 'GET', oneOf(place, id));
    return answer[place.member] as T;
  },
});

/** @param refusedIn the state in which the API would refuse @param refusal said of that state */
export const restDelete = <T extends { readonly id: string }>(
  place: RestPlace,
  refusedIn?: (item: T) => string | undefined,
  refusal?: MessageKey,
): Action<T> => ({
  title: 'action.delete',
  icon: <IconTrash size={15} />,
  isDangerous: true,
  ...(refusedIn && { refusedIn }),
  ...(refusal && { refusal }),
  run: (caller, { id }) => caller.call(place.service, 'DELETE', oneOf(place, id)),
});

/** Makes one. @param item as the API takes it, without its wrapping */
export const restCreate = async <T,>(caller: BrowserCaller, place: RestPlace, item: object): Promise<T> => {
  const body = { [place.member]: item };
  return (await caller.call<Record<string, T>>(place.service, 'POST', place.path, { body }))[
    place.member
  ] as T;
};

/** @param change as the API takes it, without its wrapping */
export const restUpdate = <T,>(
  caller: BrowserCaller,
  place: RestPlace,
  { id, change }: { readonly id: string; readonly change: object },
): Promise<T> => caller.call<T>(place.service, 'PUT', oneOf(place, id), { body: { [place.member]: change } });

export const stateColumn = <T,>(state: (item: T) => string, width = '130px'): Column<T> => ({
  title: 'column.state',
  width,
  always: true,
  text: state,
  cell: (item) => <State state={state(item)} />,
});
