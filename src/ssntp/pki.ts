import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { CloudError, messageOf } from '#kernel/errors.ts';
import { newSecret } from '#kernel/ids.ts';
import type { CertificateRequest, Credentials } from './certificates.ts';
import { mayActAs, Role, rolesOf } from './roles.ts';

const RENEW_BEFORE = 30 * 86_400_000;

export interface PkiOptions {
  /** This machine's name, in its certificates. */
  readonly name: string;
  /** Other names and addresses by which nodes reach the server; `localhost` and the loopback addresses always are. */
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
  readonly clock?: Pick<Clock, 'now'>;
}

/** What TLS needs of one end, all PEM. */
export interface TlsIdentity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Pki {
  readonly server: TlsIdentity;
  readonly node: TlsIdentity;
}

/**
 * The certificates of one machine: `ca`, `server` and `node`, each a `.pem` and a `.key` in `directory`. Makes what is
 * missing and renews what has less than 30 days left, was cut short by a crash, or lacks a name. Without `ca.key` it
 * works as long as nothing has to be made.
 * @throws CloudError internal when `ca.pem` is there but cannot be used: it is never replaced.
 */
export async function ensurePki(directory: string, options: PkiOptions): Promise<Pki> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const ca = await ensureAuthority(directory, options);
  const leaf = (file: string, roles: number) =>
    ensureLeaf({ directory, file, ca }, request(options, roles), options);
  return {
    server: await leaf('server', Role.Server | Role.Scheduler | Role.Controller),
    node: await leaf('node', Role.Agent | Role.NetAgent),
  };
}

const request = (options: PkiOptions, roles: number): CertificateRequest => ({
  commonName: options.name,
  roles,
  dnsNames: [options.name, 'localhost', ...(options.dnsNames ?? [])],
  ips: ['127.0.0.1', '::1', ...(options.ips ?? [])],
});

/** The authority; its key may be kept elsewhere. */
interface Authority {
  readonly certificate: string;
  readonly key: string | undefined;
}

async function ensureAuthority(directory: string, options: PkiOptions): Promise<Authority> {
  const path = join(directory, 'ca');
  const certificate = await readIfThere(`${path}.pem`);
  if (certificate !== undefined) {
    parse(certificate, `${path}.pem`);
    return { certificate, key: await readIfThere(`${path}.key`) };
  }
  const { createAuthority } = await import('./certificates.ts');
  const made = await createAuthority({ commonName: `${options.name} authority`, notBefore: now(options) });
  await save(path, made);
  return made;
}

interface Leaf {
  readonly directory: string;
  readonly file: string;
  readonly ca: Authority;
}

async function ensureLeaf(
  leaf: Leaf,
  request: CertificateRequest,
  options: PkiOptions,
): Promise<TlsIdentity> {
  const path = join(leaf.directory, leaf.file);
  const present = await load(path);
  if (present && isUsable(present, leaf.ca, request, now(options))) return identity(leaf.ca, present);
  const { certificate, key } = leaf.ca;
  if (key === undefined)
    throw new CloudError('internal', `${path}.pem has to be made, but ca.key is not there to sign it.`);
  // Loaded only here: the generator of certificates costs 20 MB and 0.2 s, and is needed once a year.
  const { issueCertificate } = await import('./certificates.ts');
  const made = await issueCertificate({ certificate, key }, { ...request, notBefore: now(options) });
  await save(path, made);
  return identity(leaf.ca, made);
}

const identity = (ca: Authority, { certificate, key }: Credentials): TlsIdentity => ({
  ca: ca.certificate,
  cert: certificate,
  key,
});

function isUsable(leaf: Credentials, ca: Authority, request: CertificateRequest, at: Date): boolean {
  try {
    const certificate = new X509Certificate(leaf.certificate);
    return (
      certificate.validToDate.getTime() - at.getTime() >= RENEW_BEFORE &&
      certificate.verify(new X509Certificate(ca.certificate).publicKey) &&
      certificate.checkPrivateKey(createPrivateKey(leaf.key)) &&
      mayActAs(rolesOf(certificate), request.roles) &&
      (request.dnsNames ?? []).every((name) => certificate.checkHost(name)) &&
      (request.ips ?? []).every((ip) => certificate.checkIP(ip))
    );
  } catch {
    return false; // damaged files are replaced
  }
}

const now = (options: PkiOptions): Date => (options.clock ?? systemClock).now();

function parse(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new CloudError('internal', `${path} is not a certificate: ${messageOf(cause)}`, { cause });
  }
}

async function load(path: string): Promise<Credentials | undefined> {
  const [certificate, key] = await Promise.all([readIfThere(`${path}.pem`), readIfThere(`${path}.key`)]);
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

/** The key first: an authority counts as made once its certificate is there. */
async function save(path: string, { certificate, key }: Credentials): Promise<void> {
  await replaceFile(`${path}.key`, key, 0o600);
  await replaceFile(`${path}.pem`, certificate, 0o644);
}

async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${newSecret(6)}.tmp`;
  await writeFile(draft, text, { mode, flush: true });
  await rename(draft, path);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}
