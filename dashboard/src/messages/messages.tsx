import { createContext, use, useMemo, useState, type ReactNode } from 'react';
import { remembered } from '../remembered.ts';
import { en, type MessageKey } from './en.ts';

export type { MessageKey };
export type Texts = Readonly<Record<MessageKey, string>>;
/** A part of the texts in another language. */
export type Translated<T> = Readonly<Record<keyof T, string>>;
export type Text = (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;

/** Languages, each loaded when it is chosen. */
export const LANGUAGES = { en: 'English', zh: '中文' } as const;
export type Language = keyof typeof LANGUAGES;

const kept = remembered<Language>('language');

export const isLanguage = (word: string): word is Language => Object.hasOwn(LANGUAGES, word);

export function preferredLanguage(): Language {
  const wanted = kept.get() ?? navigator.language.slice(0, 2);
  return isLanguage(wanted) ? wanted : 'en';
}

export const loadTexts = async (language: Language): Promise<Texts> =>
  language === 'zh' ? (await import('./zh.ts')).zh : en;

interface Spoken {
  readonly language: Language;
  readonly text: Text;
  readonly choose: (language: Language) => Promise<void>;
}

const Messages = createContext<Spoken | null>(null);

export function MessagesProvider(props: { language: Language; texts: Texts; children: ReactNode }) {
  const [{ language, texts }, setSpoken] = useState({ language: props.language, texts: props.texts });
  const spoken = useMemo<Spoken>(
    () => ({
      language,
      text: (key, values = {}) =>
        texts[key].replace(/\{(\w+)\}/g, (_, name: string) => `${values[name] ?? ''}`),
      choose: async (wanted) => {
        setSpoken({ language: wanted, texts: await loadTexts(wanted) });
        kept.set(wanted);
        document.documentElement.lang = wanted;
      },
    }),
    [language, texts],
  );
  return <Messages value={spoken}>{props.children}</Messages>;
}

export function useMessages(): Spoken {
  const spoken = use(Messages);
  if (!spoken) throw new Error('There are no messages here.');
  return spoken;
}

export const useText = (): Text => useMessages().text;
