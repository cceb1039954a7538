import { describe, expect, it } from 'vitest';
import { isKnownSystem, parseRelease } from './facts.ts';
import { obstacles } from './preflight.ts';

const release = (id: string, version: string) => ({ id, version, name: `${id} ${version}` });

describe('parseRelease', () => {
  it('reads values with and without quotes', () => {
    const text = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n';
    expect(parseRelease(text)).toEqual({
      id: 'debian',
      version: '12',
      name: 'Debian GNU/Linux 12 (bookworm)',
    });
  });

  it('does not take VERSION_ID for ID', () => {
    expect(parseRelease('VERSION_ID=9\nID=alpine\n').id).toBe('alpine');
  });

  it('names the platform when there is nothing to read', () => {
    expect(parseRelease('')).toEqual({ id: '', version: '', name: 'linux' });
  });
});

describe('isKnownSystem', () => {
  it.each([
    ['debian', '12', true],
    ['debian', '13', true],
    ['debian', '', true],
    ['debian', '11', false],
    ['ubuntu', '22.04', true],
    ['ubuntu', '20.04', false],
    ['fedora', '42', false],
    ['', '', false],
  ])('%s %s: %s', (id, version, known) => {
    expect(isKnownSystem(release(id, version))).toBe(known);
  });
});

describe('obstacles', () => {
  it('has none for root on Debian', () => {
    expect(obstacles({ uid: 0, systemd: false, system: release('debian', '12') })).toEqual([]);
  });

  it('lists every one, not just the first', () => {
    expect(obstacles({ uid: 1000, systemd: true, system: release('fedora', '42') })).toEqual([
      'Debian 12 or newer, or Ubuntu 22.04 or newer: this is fedora 42',
      'the rights of root: run it with sudo',
    ]);
  });
});
