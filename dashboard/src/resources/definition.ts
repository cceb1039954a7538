import type { ReactNode } from 'react';
import type { BrowserCaller } from '../session/browser-caller.ts';
import type { MessageKey } from '../messages/messages.tsx';

/** A kind of resource as pages show it: its list, what can be done to it, and what a single one has to show. */
export interface ResourceDefinition<T> {
  /** As events name it: `container`. What is shown is asked for again when something happens to one. */
  readonly kind: string;
  /** Below the dashboard's own address: `/containers`. */
  readonly path: string;
  readonly title: MessageKey;
  readonly columns: readonly Column<T>[];
  readonly actions: readonly Action<T>[];
  readonly id: (item: T) => string;
  readonly name: (item: T) => string;
  /** All of them, a page of the API's at a time. */
  readonly list: (caller: BrowserCaller) => Promise<readonly T[]>;
  readonly get?: (caller: BrowserCaller, id: string) => Promise<T>;
  /** Opened by the button above the list. */
  readonly create?: (props: FormProps) => ReactNode;
  /** On the page of a single one: to change it, or to make another like it. */
  readonly forms?: readonly ItemForm<T>[];
  /** Of the page of a single one; without any, there is no such page. */
  readonly tabs?: readonly Tab<T>[];
}

export interface Column<T> {
  readonly title: MessageKey;
  /** As CSS grid takes it: `2fr`, `120px`. */
  readonly width: string;
  readonly cell: (item: T) => ReactNode;
  /** What it is sorted and filtered by. */
  readonly text?: (item: T) => string | number;
  /** Left out on narrow screens. Default: yes. */
  readonly always?: boolean;
}

export interface Action<T> {
  readonly title: MessageKey;
  readonly icon: ReactNode;
  /** Asks first. */
  readonly isDangerous?: boolean;
  /** The state that it is not possible in; undefined = possible. */
  readonly refusedIn?: (item: T) => string | undefined;
  /** Said of that `{state}`. Default: not possible while it is so. */
  readonly refusal?: MessageKey;
  readonly run: (caller: BrowserCaller, item: T) => Promise<unknown>;
}

export interface Tab<T> {
  readonly name: string;
  readonly title: MessageKey;
  readonly show: (props: { readonly item: T }) => ReactNode;
}

export interface ItemForm<T> {
  readonly title: MessageKey;
  readonly icon: ReactNode;
  /** The state that it is not possible in; undefined = possible. */
  readonly refusedIn?: (item: T) => string | undefined;
  /** Said of that `{state}`. Default: not possible while it is so. */
  readonly refusal?: MessageKey;
  readonly show: (props: ItemFormProps<T>) => ReactNode;
}

export interface ItemFormProps<T> extends FormProps {
  readonly item: T;
}

export interface FormProps {
  readonly close: () => void;
}
