import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT_OWNER } from '../files.ts';
import { runChecks } from './check.ts';
import { volumeChecks } from './volume-checks.ts';

const namesFor = (volumes: Parameters<typeof volumeChecks>[0]) =>
  volumeChecks(volumes, ROOT_OWNER).map(({ name }) => name);

describe('the checks of volumes', () => {
  it('ask only for what the configuration uses', () => {
    expect(namesFor(undefined)).toEqual(['loop devices']);
    expect(namesFor({ backends: [{ driver: 'lvm' }] })).toEqual(['LVM', 'thin pools']);
    expect(namesFor({ backends: [{ driver: 'lvm' }, { driver: 'file' }, { driver: 'file' }] })).toEqual([
      'loop devices',
      'LVM',
      'thin pools',
    ]);
    expect(namesFor({ backups: { directory: '/srv/backups' } })).toEqual([
      'loop devices',
      'folder of backups',
    ]);
  });

  it.runIf(process.getuid?.() === 0)('tell whether control can write its backups', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hydria-doctor-'));
    const look = (uid: number, path: string) =>
      runChecks(volumeChecks({ backends: [], backups: { directory: path } }, { uid, gid: uid }));
    try {
      expect(await look(0, directory)).toEqual([{ name: 'folder of backups', ok: true }]);
      expect(await look(65534, directory)).toMatchObject([{ ok: false }]);
      expect(await look(0, join(directory, 'absent'))).toMatchObject([
        { ok: false, mend: expect.stringContaining(`mkdir -p ${directory}/absent`) as unknown },
      ]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
