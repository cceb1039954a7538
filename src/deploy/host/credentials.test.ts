import { execFileSync } from 'node:child_process';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { hasCloud, mergeCloud, openrcText, removeCloud } from './credentials.ts';

const admin = {
  authUrl: 'http://127.0.0.1:8780/identity/v3',
  region: 'RegionOne',
  username: 'admin',
  password: `it's "$HOME" \`x\` \\`,
  project: 'admin',
};

const OTHERS = `# kept by hand
clouds:
  office:
    auth: { auth_url: "http://keystone.example/v3" } # the old one
    region_name: north
`;

describe('openrcText', () => {
  it('gives a shell exactly the password, whatever signs are in it', () => {
    const script = `${openrcText(admin)}\nprintf %s "$OS_PASSWORD"`;
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(admin.password);
  });

  it('names the cloud in full and lets no other choice stand', () => {
    const text = openrcText(admin);
    expect(text).toContain("export OS_AUTH_URL='http://127.0.0.1:8780/identity/v3'");
    expect(text).toContain('unset OS_CLOUD');
  });
});

describe('mergeCloud', () => {
  it('makes the file where there is none', () => {
    expect(parse(mergeCloud('', admin)).clouds.hydria.auth.password).toBe(admin.password);
  });

  it('keeps other clouds and what was written beside them', () => {
    const merged = mergeCloud(OTHERS, admin);
    expect(merged).toContain('# kept by hand');
    expect(merged).toContain('# the old one');
    expect(Object.keys(parse(merged).clouds)).toEqual(['office', 'hydria']);
  });

  it('renews our entry whole', () => {
    const { password: _password, ...open } = admin;
    const merged = mergeCloud(mergeCloud(OTHERS, admin), open);
    expect(parse(merged).clouds.hydria.auth).not.toHaveProperty('password');
    expect(hasCloud(merged, open)).toBe(true);
    expect(hasCloud(merged, admin)).toBe(false);
  });

  it('adds a mapping of clouds to a file that has none', () => {
    const merged = parse(mergeCloud('cache: { expiration_time: 60 }\n', admin));
    expect(merged.cache).toEqual({ expiration_time: 60 });
    expect(merged.clouds.hydria.region_name).toBe('RegionOne');
  });

  it.each(['- a\n- b\n', 'clouds: [x]\n', 'clouds: {a: b', 'just text'])('refuses to mend %j', (text) => {
    expect(() => mergeCloud(text, admin)).toThrow('mend or move it');
  });
});

describe('removeCloud', () => {
  it('takes ours and leaves the rest as it was', () => {
    expect(parse(removeCloud(mergeCloud(OTHERS, admin)) ?? '')).toEqual(parse(OTHERS));
  });

  it('leaves a file alone that never had ours', () => {
    expect(removeCloud(OTHERS)).toBe(OTHERS);
    expect(removeCloud('cache: {}\n')).toBe('cache: {}\n');
  });

  it('says that nothing is left when ours was all', () => {
    expect(removeCloud(mergeCloud('', admin))).toBeUndefined();
  });
});
