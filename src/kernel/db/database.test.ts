import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';

forEachDatabase('what is to be done after a commit', (open) => {
  it('is done once the transaction has committed, in order', async () => {
    const database = await open();
    const done: string[] = [];
    await database.transaction(async () => {
      database.afterCommit(() => done.push('first'));
      database.afterCommit(() => done.push('second'));
      expect(done).toEqual([]);
    });
    expect(done).toEqual(['first', 'second']);
  });

  it('is not done when the transaction is rolled back', async () => {
    const database = await open();
    const done: string[] = [];
    const broken = database.transaction(async () => {
      database.afterCommit(() => done.push('never'));
      throw new Error('no');
    });
    await expect(broken).rejects.toThrow('no');
    expect(done).toEqual([]);
  });

  it('is done at once outside of any transaction', async () => {
    const database = await open();
    const done: string[] = [];
    database.afterCommit(() => done.push('now'));
    expect(done).toEqual(['now']);
  });
});
