import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import type { ShownPage } from './routes.tsx';

const TOGETHER_MS = 1_000;

const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** `g c` goes to the containers, `/` to the filter of a list, `n` to the form for a new one. */
export function usePageKeys(pages: readonly ShownPage[]): void {
  const [, navigate] = useLocation();
  const wentAt = useRef(0);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      const page = pages.find(({ key }) => key === event.key);
      if (page && event.timeStamp - wentAt.current < TOGETHER_MS) return navigate(page.path);
      wentAt.current = event.key === 'g' ? event.timeStamp : 0;
      const wanted = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(event.key)}"]`);
      if (!wanted) return;
      event.preventDefault();
      if (wanted instanceof HTMLInputElement) wanted.focus();
      else wanted.click();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [pages, navigate]);
}
