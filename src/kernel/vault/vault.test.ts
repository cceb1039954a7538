import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { createVault } from './migrations/0001-vault.ts';
import type { VaultTables } from './tables.ts';
import { EnvelopeVault } from './vault.ts';

const SCHEMA = { name: 'vault', migrations: [createVault] };

forEachDatabase('vault', (openDatabase) => {
  it('opens what it has sealed, and nobody reads it in between', async () => {
    const database = await openDatabase(SCHEMA);
    const vault = new EnvelopeVault({ database, masterKeys: [randomBytes(32)] });
    const sealed = await vault.seal('project', 'a very open secret', 'secret/1');
    expect(Buffer.from(sealed, 'base64url').includes('open secret')).toBe(false);
    expect((await vault.open('project', sealed, 'secret/1')).toString()).toBe('a very open secret');
  });

  it('opens it neither for another scope or context nor when a bit was changed', async () => {
    const database = await openDatabase(SCHEMA);
    const vault = new EnvelopeVault({ database, masterKeys: [randomBytes(32)] });
    const sealed = await vault.seal('project', 'x', 'secret/1');
    const changed = Buffer.from(sealed, 'base64url');
    changed[changed.length - 1]! ^= 1;
    await expect(vault.open('another', sealed, 'secret/1')).rejects.toThrow('cannot be decrypted');
    await expect(vault.open('project', sealed, 'secret/2')).rejects.toThrow('cannot be decrypted');
    const spoilt = changed.toString('base64url');
    await expect(vault.open('project', spoilt, 'secret/1')).rejects.toThrow('cannot be decrypted');
    await expect(vault.open('project', '', 'secret/1')).rejects.toThrow('cannot be decrypted');
  });

  it('makes one key for a scope, whoever asks first', async () => {
    const database = await openDatabase(SCHEMA);
    const masterKeys = [randomBytes(32)];
    const [one, other] = [
      new EnvelopeVault({ database, masterKeys }),
      new EnvelopeVault({ database, masterKeys }),
    ];
    const sealed = await Promise.all([one, other, one].map((vault) => vault.seal('project', 'x', 'c')));
    const fresh = new EnvelopeVault({ database, masterKeys });
    for (const text of sealed) expect((await fresh.open('project', text, 'c')).toString()).toBe('x');
  });

  it('rotates its master key without touching what is sealed', async () => {
    const database = await openDatabase(SCHEMA);
    const [old, young] = [randomBytes(32), randomBytes(32)];
    const sealed = await new EnvelopeVault({ database, masterKeys: [old] }).seal('project', 'x', 'c');
    const both = new EnvelopeVault({ database, masterKeys: [young, old] });
    expect(await both.rewrap()).toBe(1);
    expect(await both.rewrap()).toBe(0);
    const after = new EnvelopeVault({ database, masterKeys: [young] });
    expect((await after.open('project', sealed, 'c')).toString()).toBe('x');
    const lost = new EnvelopeVault({ database, masterKeys: [old] });
    await expect(lost.open('project', sealed, 'c')).rejects.toThrow('master key');
  });

  it('keeps no key in the database that opens anything by itself', async () => {
    const database = await openDatabase(SCHEMA);
    const master = randomBytes(32);
    await new EnvelopeVault({ database, masterKeys: [master] }).seal('project', 'x', 'c');
    const rows = JSON.stringify(
      await database.handle<VaultTables>().selectFrom('vault_key').selectAll().execute(),
    );
    expect(rows).not.toContain(master.toString('base64url'));
    expect(rows).toContain('wrapped');
  });
});
