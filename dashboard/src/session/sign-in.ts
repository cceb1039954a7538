import {
  endpointsIn,
  regionsIn,
  type Endpoints,
  type Region,
  type TokenBody,
} from '../../../src/sdk/caller.ts';
import { fetchHere } from './browser-caller.ts';

/** Who is signed in, where, and with what. The token is in memory, and in a cookie that no script can read. */
export interface SignedIn {
  readonly token: string;
  readonly expiresAt: number;
  readonly endpoints: Endpoints;
  readonly user: {
    readonly id: string;
    readonly name: string;
    readonly domain: { readonly id: string; readonly name: string };
  };
  readonly project: { readonly id: string; readonly name: string } | null;
  readonly roles: readonly string[];
  readonly projects: readonly { readonly id: string; readonly name: string }[];
  /** Each has a dashboard of its own. */
  readonly regions: readonly Region[];
}

export interface Password {
  readonly user: string;
  readonly password: string;
  readonly domain: string;
}

type Scope = { readonly project: { readonly id: string } } | 'unscoped';
type Auth = Readonly<Record<string, unknown>>;

interface Token extends SignedInToken {
  readonly user: SignedIn['user'];
  readonly project?: { readonly id: string; readonly name: string };
  readonly roles?: readonly { readonly name: string }[];
}
type SignedInToken = TokenBody['token'];

const TOKENS = '/identity/v3/auth/tokens';
const OURS = { 'x-hydria-dashboard': '1' };

/** @throws ApiError `unauthenticated` for wrong credentials */
export async function signIn({ user, password, domain }: Password): Promise<SignedIn> {
  const identity = {
    methods: ['password'],
    password: { user: { name: user, password, domain: { name: domain } } },
  };
  const unscoped = await tokenFor({ identity, scope: 'unscoped' });
  const [first] = await projectsOf(unscoped.token);
  return first ? enter(unscoped.token, first.id) : keep(unscoped);
}

/** The same user in another project. */
export async function enter(token: string, projectId: string): Promise<SignedIn> {
  const identity = { methods: ['token'], token: { id: token } };
  const scope: Scope = { project: { id: projectId } };
  return keep(await tokenFor({ identity, scope }));
}

/** Whoever signed in before this page was loaded; undefined when nobody is. */
export async function findSession(): Promise<SignedIn | undefined> {
  try {
    const { token } = (await (await fetchHere('/ui/session', { headers: OURS })).json()) as {
      token: string | null;
    };
    if (token === null) return undefined;
    const headers = { 'x-auth-token': token, 'x-subject-token': token };
    const { token: said } = (await (await fetchHere(TOKENS, { headers })).json()) as { token: Token };
    return await whole(token, said);
  } catch {
    return undefined;
  }
}

/** Nobody can use the token any more, wherever it may be. */
export async function signOut({ token }: SignedIn): Promise<void> {
  const headers = { 'x-auth-token': token, 'x-subject-token': token };
  await fetchHere(TOKENS, { method: 'DELETE', headers }).catch(() => undefined);
  await fetchHere('/ui/session', { method: 'DELETE', headers: OURS });
}

interface Issued {
  readonly token: string;
  readonly said: Token;
}

async function tokenFor(auth: Auth): Promise<Issued> {
  const response = await fetchHere(TOKENS, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
  });
  const { token: said } = (await response.json()) as { token: Token };
  return { token: response.headers.get('x-subject-token') ?? '', said };
}

async function keep({ token, said }: Issued): Promise<SignedIn> {
  await fetchHere('/ui/session', { method: 'PUT', headers: { ...OURS, 'x-auth-token': token } });
  return whole(token, said);
}

async function whole(token: string, said: Token): Promise<SignedIn> {
  const regions = regionsIn(said);
  const region = regions.find(({ origin }) => origin === location.origin)?.name ?? null;
  return {
    token,
    expiresAt: Date.parse(said.expires_at),
    endpoints: endpointsIn(said, { interface: 'public', region }),
    user: said.user,
    project: said.project ?? null,
    roles: (said.roles ?? []).map(({ name }) => name),
    projects: await projectsOf(token),
    regions,
  };
}

async function projectsOf(token: string): Promise<SignedIn['projects']> {
  const response = await fetchHere('/identity/v3/auth/projects', { headers: { 'x-auth-token': token } });
  const { projects } = (await response.json()) as { projects: SignedIn['projects'] };
  return projects;
}
