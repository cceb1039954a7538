import { defineConfig } from 'vitest/config';

const project = (name: string, include: string[], slow = false) => ({
  test: {
    name,
    include,
    environment: 'node' as const,
    testTimeout: slow ? 120_000 : 15_000,
    hookTimeout: slow ? 180_000 : 30_000,
    // Host tests share the machine's kernel: one file at a time.
    fileParallelism: !slow,
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', ['src/**/*.test.ts', 'tools/**/*.test.ts', 'test/support/**/*.test.ts']),
      project('api', ['test/api/**/*.test.ts', 'test/ports/**/*.test.ts']),
      project('host', ['test/host/**/*.test.ts'], true),
    ],
  },
});
