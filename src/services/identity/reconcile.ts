import type { Clock } from '#kernel/clock.ts';
import type { Database } from '#kernel/db/database.ts';
import type { Reconciler } from '#kernel/http/service.ts';
import { isoTime } from '#kernel/clock.ts';
import { inactiveBefore, mayBeInactive, type PasswordRules } from './model/password-rules.ts';
import { attemptStore } from './store/attempts.ts';
import { userStore } from './store/users.ts';
import type { CatalogAdmin } from './service/catalog.ts';
import { handleOf } from './service/deps.ts';
import type { Revocations } from './service/revocations.ts';
import type { TokenService } from './service/tokens.ts';
import type { TokenKeys } from './tokens/keys.ts';

export interface ReconcileDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly rules: PasswordRules;
  readonly keys: TokenKeys;
  readonly tokens: TokenService;
  readonly revocations: Revocations;
  readonly catalog: CatalogAdmin;
  readonly identityChanged: () => void;
}

const HOUR = 3600;
const SWEEP = 15;

export const identityReconcilers = (deps: ReconcileDeps): readonly Reconciler[] => [
  refresh(deps),
  tend(deps),
  disableInactive(deps),
];

/** What other control processes changed, should their word have been lost. */
const refresh = ({ database, tokens, catalog }: ReconcileDeps): Reconciler => ({
  name: 'identity.refresh',
  every: database.signals.shared ? SWEEP : Infinity,
  async run() {
    catalog.forget();
    await tokens.refresh();
  },
});

/** Keys are made and dropped in time; what no token can meet is forgotten. */
const tend = (deps: ReconcileDeps): Reconciler => ({
  name: 'identity.tend',
  every: HOUR,
  async run() {
    if (await deps.keys.tend()) deps.identityChanged();
    await deps.revocations.prune();
    await attemptStore.prunePasscodes(handleOf(deps), isoTime(deps.clock.now()));
  },
});

/** Users who were away for longer than the rule allows are disabled. */
const disableInactive = (deps: ReconcileDeps): Reconciler => ({
  name: 'identity.inactive-users',
  every: HOUR,
  async run() {
    const before = inactiveBefore(deps.rules, deps.clock.now());
    if (!before) return;
    const inactive = await userStore.listInactive(handleOf(deps), isoTime(before));
    const ids = inactive.filter((user) => !mayBeInactive(user)).map((user) => user.id);
    await userStore.disable(handleOf(deps), ids);
    if (ids.length > 0) deps.identityChanged();
  },
});
