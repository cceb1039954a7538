import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { start } from '#kernel/exec.ts';
import { endProcesses, isAlive, listProcesses, parseRss, parseStart, processUsage } from './processes.ts';

describe('parsing /proc', () => {
  it('finds the start time behind a name with spaces and brackets', () => {
    const fields = Array.from({ length: 30 }, (_, index) => String(index + 3));
    expect(parseStart(`12 (a) b (c) ${['S', ...fields.slice(1)].join(' ')}`)).toBe(0.22);
  });

  it('takes a process without memory for one with none', () => {
    expect(parseRss('Name:\tkthreadd\n')).toBe(0);
    expect(parseRss('VmRSS:\t    2048 kB\n')).toBe(2_097_152);
  });
});

describe('processes', () => {
  it('are listed with their arguments', async () => {
    const own = (await listProcesses()).find(({ pid }) => pid === process.pid);
    expect(own?.args.length).toBeGreaterThan(0);
  });

  it('are described while they live', async () => {
    const usage = await processUsage(process.pid);
    expect(usage?.rss).toBeGreaterThan(1_000_000);
    expect(usage?.uptime).toBeGreaterThanOrEqual(0);
    expect(await processUsage(2 ** 30)).toBeUndefined();
  });

  it('end when asked, and are made to when they do not listen', async () => {
    const deaf = start('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.02; done']);
    await once(deaf.stdout!, 'data');
    const pid = deaf.pid!;
    expect(isAlive(pid)).toBe(true);
    await endProcesses([pid], 50);
    expect(isAlive(pid)).toBe(false);
  });

  it('that are gone already are no failure', async () => {
    await expect(endProcesses([2 ** 30], 1_000)).resolves.toBeUndefined();
  });
});
