import { useMessages, type Language } from '../messages/messages.tsx';

const STEPS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** The APIs mean UTC where they do not say so. */
export const timeOf = (iso: string): Date =>
  new Date(/[zZ]|[+-]\d\d:?\d\d$/.test(iso) ? iso : `${iso.replace(' ', 'T')}Z`);

/** Making them takes longer than all they are used for. */
const formats = new Map<
  Language,
  { readonly ago: Intl.RelativeTimeFormat; readonly exact: Intl.DateTimeFormat }
>();

function formatsIn(language: Language) {
  const made = formats.get(language) ?? {
    ago: new Intl.RelativeTimeFormat(language, { numeric: 'auto' }),
    exact: new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }),
  };
  formats.set(language, made);
  return made;
}

/** How long ago something was, and when exactly. */
export function Time({ at }: { at: string | null | undefined }) {
  const { language } = useMessages();
  if (!at) return <span className="quiet">–</span>;
  const time = timeOf(at);
  const seconds = (time.getTime() - Date.now()) / 1000;
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  const { ago, exact } = formatsIn(language);
  return (
    <time dateTime={time.toISOString()} title={exact.format(time)}>
      {ago.format(Math.round(seconds / size), unit)}
    </time>
  );
}
