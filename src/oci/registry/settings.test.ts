import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExecError } from '#kernel/exec.ts';
import { scratch } from '#test/support/image-archives.ts';
import { registryFailure } from './failure.ts';
import { registriesConf, writeSettings } from './settings.ts';

describe('the settings of skopeo', () => {
  it('say where a registry is, which mirrors come first, and what is trusted', () => {
    const conf = registriesConf([
      { domain: 'a.test', location: 'real.test/"path"', mirrors: ['m.test:1'], insecure: true },
      { domain: 'b.test' },
    ]);
    expect(conf).toBe(
      `unqualified-search-registries = []
[[registry]]
prefix = "a.test"
location = "real.test/\\"path\\""
insecure = true
[[registry.mirror]]
location = "m.test:1"
insecure = true

[[registry]]
prefix = "b.test"
location = "b.test"
insecure = false
`,
    );
  });

  it('hold the login of the one registry in a file that nobody else reads', async () => {
    await using directory = await scratch();
    const place = join(directory.path, 'run');
    await mkdir(place);
    const ca = await directory.write(Buffer.from('an authority'));
    const login = { username: 'someone', password: 'p:w' };
    const settings = await writeSettings(place, [{ domain: 'a.test', ca }], { domain: 'a.test', login });
    expect(JSON.parse(await readFile(settings.auth, 'utf8'))).toEqual({
      auths: { 'a.test': { auth: Buffer.from('someone:p:w').toString('base64') } },
    });
    expect((await stat(settings.auth)).mode & 0o777).toBe(0o600);
    expect(await readFile(join(settings.certificates, 'ca.crt'), 'utf8')).toBe('an authority');
  });
});

describe('what skopeo says', () => {
  it.each([
    ['reading manifest 9 in r/x: manifest unknown: manifest unknown', 'not-found'],
    ['unable to retrieve auth token: invalid username/password: unauthorized', 'forbidden'],
    ['requested access to the resource is denied', 'forbidden'],
    ['x509: certificate signed by unknown authority', 'bad-request'],
    ['http: server gave HTTP response to HTTPS client', 'bad-request'],
    ['Digest did not match, expected sha256:1, got sha256:2', 'bad-request'],
    ['dial tcp 127.0.0.1:1: connect: connection refused', 'unavailable'],
    ['unexpected EOF', 'unavailable'],
    ['received unexpected HTTP status: 503 Service Unavailable', 'unavailable'],
  ])('%j is %s', (said, kind) => {
    const stderr = `time="now" level=fatal msg=${JSON.stringify(`Error: "${said}"`)}\n`;
    const failure = registryFailure('r.test/x:1', new ExecError('skopeo', 1, stderr));
    expect(failure).toMatchObject({ kind, message: expect.stringContaining(said) });
    expect(failure.message).toMatch(/^Image r\.test\/x:1: /);
  });
});
