import { describe, expect, it } from 'vitest';
import { parseInstalled } from './packages.ts';
import { hostPaths } from './paths.ts';
import { unitText } from './systemd.ts';
import { isOurAccount, parseAccount } from './user.ts';

describe('parseInstalled', () => {
  it('counts a package only when it is whole', () => {
    const text = 'crun installed\nconmon config-files\nnftables half-configured\n\nattr \n';
    expect([...parseInstalled(text)]).toEqual(['crun']);
  });
});

describe('the account', () => {
  const passwd = (comment: string) => `root:x:0:0:root:/root:/bin/sh\nhydria:x:990:991:${comment}:/x:/y\n`;

  it('is found with its numbers', () => {
    expect(parseAccount(passwd(''), 'hydria')).toMatchObject({ uid: 990, gid: 991 });
    expect(parseAccount('hydriax:x:1:1::/:/\n', 'hydria')).toBeUndefined();
  });

  it('is ours only when we made it', () => {
    expect(isOurAccount(passwd('Hydria control plane'))).toBe(true);
    expect(isOurAccount(passwd('A person,,,'))).toBe(false);
    expect(isOurAccount('')).toBe(false);
  });
});

describe('unitText', () => {
  it('lets workloads outlive the node, and starts the daemon again at once', () => {
    const text = unitText('node', hostPaths());
    expect(text).toContain('KillMode=process\nDelegate=yes');
    expect(text).toContain('RestartSec=100ms');
    expect(text).toMatch(
      /^ExecStart="\/.*" "\/.*\/src\/main.ts" "node" "--config" "\/etc\/hydria\/config.yaml"$/m,
    );
  });

  it('quotes what systemd would read as its own', () => {
    expect(unitText('control', hostPaths('/a b/50%$"'))).toContain(
      String.raw`"/a b/50%%$$\"/etc/hydria/config.yaml"`,
    );
  });
});
