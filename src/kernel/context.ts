import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';

/** Who acts: the first argument of every use-case and port method. Plain data but for `signal`, `clock` and `log`. */
export interface Ctx {
  readonly requestId: string;
  readonly user: Actor;
  /** The project the token is scoped to; null for domain, system and unscoped tokens. */
  readonly project: Actor | null;
  readonly domainScope: Actor['domain'] | null;
  readonly systemScope: boolean;
  /** Role names, implied ones included. */
  readonly roles: readonly string[];
  readonly isAdmin: boolean;
  readonly microversion: Microversion;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Actor {
  readonly id: string;
  readonly name: string;
  readonly domain: { readonly id: string; readonly name: string };
}

/** `major.minor` compared as numbers, never as text. */
export interface Microversion {
  readonly major: number;
  readonly minor: number;
}

export const NOBODY: Actor = { id: '', name: '', domain: { id: '', name: '' } };

/** The part of a context that a durable task keeps, so that its steps act in the name of whoever asked. */
export interface StoredCtx {
  readonly requestId: string;
  readonly user: Actor;
  readonly project: Actor | null;
  readonly roles: readonly string[];
  readonly isAdmin: boolean;
}

export const storeCtx = (ctx: Ctx): StoredCtx => ({
  requestId: ctx.requestId,
  user: ctx.user,
  project: ctx.project,
  roles: ctx.roles,
  isAdmin: ctx.isAdmin,
});

export interface CtxDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal?: AbortSignal;
}

/** A context for what a user asked earlier. */
export const restoreCtx = (stored: StoredCtx, deps: CtxDeps): Ctx => ({
  ...stored,
  domainScope: null,
  systemScope: false,
  microversion: { major: 1, minor: 1 },
  signal: deps.signal ?? new AbortController().signal,
  clock: deps.clock,
  log: deps.log.child({ requestId: stored.requestId }),
});

/** A context for what the cloud does by itself: reconciling, cleaning up. It may do everything. */
export const systemCtx = (requestId: string, deps: CtxDeps): Ctx => ({
  ...restoreCtx({ requestId, user: NOBODY, project: null, roles: ['admin'], isAdmin: true }, deps),
  systemScope: true,
});

/** The caller's project id. Routes that need a project have a rule that makes sure of one. */
export const projectOf = (ctx: Ctx): string => ctx.project?.id ?? '';
