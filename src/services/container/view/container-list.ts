import { JsonText } from '#kernel/http/route.ts';
import type { Page } from '#kernel/paging.ts';
import type { Container } from '../model/container.ts';
import { statusDetail } from '../model/status-detail.ts';
import { lastingView, type Viewer } from './container.ts';

/** A page of containers, joined from the texts of each: most of a list is what it was the last time. */
export function containerListView(
  page: Page<Container>,
  viewer: Viewer,
  next: (marker: string) => string,
): JsonText {
  const containers = page.items.map((container) => listedText(container, viewer));
  const nextUrl = page.next === null ? null : next(page.next);
  return new JsonText(`{"containers":[${containers.join(',')}],"next":${JSON.stringify(nextUrl)}}`);
}

const listedText = (container: Container, { now, seesAll }: Viewer): string =>
  `${lastingText(container, seesAll)},"status_detail":${JSON.stringify(statusDetail(container, now))}}`;

/** Texts without their closing brace, each kept as long as its container, which never changes: a change makes another. */
const forAdministrators = new WeakMap<Container, string>();
const forUsers = new WeakMap<Container, string>();

function lastingText(container: Container, seesAll: boolean): string {
  const texts = seesAll ? forAdministrators : forUsers;
  const known = texts.get(container);
  if (known !== undefined) return known;
  const text = JSON.stringify(lastingView(container, seesAll)).slice(0, -1);
  texts.set(container, text);
  return text;
}
