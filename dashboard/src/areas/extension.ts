import type { Icon } from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { MessageKey } from '../messages/messages.tsx';
import type { Action, Column, ItemForm, Tab } from '../resources/definition.ts';

/** What a part of the cloud brings to the dashboard. `areas.ts` lists them all; each loads its pages when they are opened. */
export interface Extension {
  /** Above its pages in the navigation; pages of extensions with the same section stand together. */
  readonly section: MessageKey | null;
  readonly pages?: readonly PageEntry[];
  /** On the overview. */
  readonly cards?: readonly CardEntry[];
  /** To the lists and pages of other kinds of resources. */
  readonly additions?: readonly AdditionEntry[];
}

/** A page is a component, or a kind of resource (`resourcePage`), whose list and single pages it then is. */
export interface PageEntry {
  /** Below the dashboard's own address: `/containers`. */
  readonly path: string;
  readonly title: MessageKey;
  readonly icon: Icon;
  /** Typed after `g`, leads there. */
  readonly key?: string;
  readonly isForAdmins?: boolean;
  /** Of the catalogue; a cloud without this service has no such page. */
  readonly service?: string;
  readonly load: (extensions: readonly Extension[]) => Promise<ComponentType>;
}

export interface CardEntry {
  readonly name: string;
  readonly isForAdmins?: boolean;
  readonly load: () => Promise<ComponentType>;
}

export interface AdditionEntry {
  /** `container` */
  readonly kind: string;
  readonly load: () => Promise<Addition>;
}

/** What is added knows more about the items than the registry does. */
export interface Addition {
  readonly columns?: readonly Column<never>[];
  readonly actions?: readonly Action<never>[];
  readonly forms?: readonly ItemForm<never>[];
  readonly tabs?: readonly Tab<never>[];
}
