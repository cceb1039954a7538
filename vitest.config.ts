import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** They measure rates, or count what is on the whole machine. */
const ALONE = [
  'container-crash',
  'crash',
  'down-up',
  'kuryr',
  'network-crash',
  'network-qos',
  'router-move',
  'volumes-cloud',
].map((name) => `test/host/${name}.test.ts`);

const project = (name: string, include: string[], more: object = {}) => ({
  test: { name, include, environment: 'node' as const, testTimeout: 60_000, hookTimeout: 60_000, ...more },
});
const slow = { testTimeout: 120_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    // Vitest leaves one core free; on a small machine that is half of it.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      project('unit', ['src/**/*.test.ts', 'tools/**/*.test.ts', 'test/support/**/*.test.ts']),
      project('api', ['test/api/**/*.test.ts', 'test/ports/**/*.test.ts']),
      // Host tests wait for the kernel and for daemons most of the time; each makes what it needs under names of its own.
      project('host', ['test/host/**/*.test.ts'], {
        ...slow,
        exclude: ALONE,
        maxWorkers: 3,
        sequence: { groupOrder: 1 },
      }),
      project('alone', ALONE, {
        ...slow,
        maxWorkers: 1,
        fileParallelism: false,
        sequence: { groupOrder: 2 },
      }),
    ],
  },
});
