import './reflect-metadata.ts';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Crl } from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { certifyKey, createAuthority, issueCertificate } from './certificates.ts';
import { createRevocationList } from './revocations.ts';
import { signRequest } from './signing-requests.ts';

/** A signing request as another program makes it. */
async function openSslRequest(...extra: string[]): Promise<{ request: string; key: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'hydria-csr-'));
  try {
    const args = ['req', '-new', '-nodes', '-newkey', 'rsa:2048', '-subj', '/O=Test/CN=web', ...extra];
    const path = join(directory, 'key.pem');
    await writeFile(path, '');
    const { stdout } = await exec('openssl', [...args, '-keyout', path]);
    const { stdout: key } = await exec('cat', [path]);
    return { request: stdout, key };
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe('an authority', () => {
  it.each(['ecdsa-p256', 'ecdsa-p384', 'rsa-3072'] as const)(
    'with a key of %s issues what verifies',
    async (algorithm) => {
      const authority = await createAuthority({ commonName: 'test', algorithm });
      const request = {
        subject: 'CN=web',
        dnsNames: ['web.test'],
        ips: ['192.0.2.1'],
        usages: ['server'],
      } as const;
      const issued = await issueCertificate(authority, request);
      const certificate = new X509Certificate(issued.certificate);
      expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
      expect(certificate.checkPrivateKey(createPrivateKey(issued.key))).toBe(true);
      expect(certificate.checkHost('web.test')).toBe('web.test');
      expect(certificate.checkIP('192.0.2.1')).toBe('192.0.2.1');
      expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
      expect(certificate.ca).toBe(false);
    },
  );

  it('certifies a key that is there already, and refuses kinds that it does not know', async () => {
    const authority = await createAuthority({ commonName: 'test' });
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const text = await certifyKey(authority, { subject: 'CN=stored' }, publicKey);
    expect(new X509Certificate(text).checkPrivateKey(privateKey)).toBe(true);
    const other = generateKeyPairSync('ed25519').publicKey;
    await expect(certifyKey(authority, { subject: 'CN=x' }, other)).rejects.toMatchObject({
      kind: 'bad-request',
    });
  });

  it('refuses a subject that is none', async () => {
    const authority = await createAuthority({ commonName: 'test' });
    await expect(issueCertificate(authority, { subject: 'nonsense' })).rejects.toMatchObject({
      kind: 'bad-request',
    });
  });

  it('lists what it revoked', async () => {
    const authority = await createAuthority({ commonName: 'test' });
    const text = await createRevocationList(authority, [{ serialNumber: '0a0b', revokedAt: new Date(0) }]);
    const list = new X509Crl(text);
    expect(list.entries.map(({ serialNumber }) => serialNumber)).toEqual(['0a0b']);
    expect(list.issuer).toBe('O=Hydria, CN=test');
  });
});

describe('a signing request', () => {
  it('gets a certificate with its subject and names, in PEM and in base64', async () => {
    const authority = await createAuthority({ commonName: 'test' });
    const { request, key } = await openSslRequest('-addext', 'subjectAltName=DNS:web.test,IP:192.0.2.1');
    for (const form of [request, Buffer.from(request).toString('base64')]) {
      const certificate = new X509Certificate(await signRequest(authority, form));
      expect(certificate.subject).toBe('O=Test\nCN=web');
      expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
      expect(certificate.checkHost('web.test')).toBe('web.test');
      expect(certificate.checkIP('192.0.2.1')).toBe('192.0.2.1');
    }
  });

  it('does not become an authority, whatever it asks for', async () => {
    const authority = await createAuthority({ commonName: 'test' });
    const { request } = await openSslRequest('-addext', 'basicConstraints=critical,CA:TRUE');
    expect(new X509Certificate(await signRequest(authority, request)).ca).toBe(false);
  });

  it('is refused when it is none, or was changed', async () => {
    const authority = await createAuthority({ commonName: 'test' });
    const { request } = await openSslRequest();
    const der = Buffer.from(request.replaceAll(/-----.*-----/g, ''), 'base64');
    der[der.length - 1]! ^= 1;
    for (const text of ['nonsense', '', der.toString('base64')])
      await expect(signRequest(authority, text)).rejects.toMatchObject({ kind: 'bad-request' });
  });
});
