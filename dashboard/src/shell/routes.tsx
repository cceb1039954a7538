import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import { EXTENSIONS } from '../areas/areas.ts';
import type { PageEntry } from '../areas/extension.ts';
import type { MessageKey } from '../messages/messages.tsx';
import { useSession } from '../session/session.tsx';

export interface ShownPage extends PageEntry {
  readonly section: MessageKey | null;
  /** Of the address of its list, and of a single one's page. */
  readonly pattern: string;
  readonly Component: LazyExoticComponent<ComponentType>;
}

const ALL: readonly ShownPage[] = EXTENSIONS.flatMap(({ section, pages = [] }) =>
  pages.map((page) => ({
    ...page,
    section,
    pattern: page.path === '/' ? '/' : `${page.path}/:id?/:tab?`,
    Component: lazy(async () => ({ default: await page.load(EXTENSIONS) })),
  })),
);

/** The pages that this user has on this cloud. */
export function usePages(): readonly ShownPage[] {
  const { isAdmin, caller } = useSession();
  return ALL.filter(
    ({ isForAdmins = false, service }) =>
      (isAdmin || !isForAdmins) && (service === undefined || caller.has(service)),
  );
}
