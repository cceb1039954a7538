import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { often } from './test/support/often.ts';

/** They measure rates and gaps, or count what is on the whole machine. */
const ALONE = ['kuryr', 'network-crash', 'network-qos'].map((name) => `test/host/${name}.test.ts`);

/** Begun last, everybody would wait for them. */
const LONGEST = [
  'test/host/volume-lvm',
  'test/host/network-guests',
  'test/host/stacks-cloud',
  'test/host/autoscaling',
  'test/host/volumes-cloud',
  'test/host/crash',
  'test/host/container-crash',
  'test/host/runtime-docker',
  'test/host/mounts-cloud',
  'test/api/all-routes',
  'tasks/stack-crashes',
].map((name) => `${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) =>
      LONGEST.findLastIndex((path) => moduleId.endsWith(path));
    const long = sorted.filter((file) => rank(file) >= 0).toSorted((a, b) => rank(a) - rank(b));
    return [...long, ...sorted.filter((file) => rank(file) < 0)];
  }
}

const common = {
  environment: 'node' as const,
  testTimeout: often(60_000),
  hookTimeout: 60_000,
  // To load the program anew for each file costs more than most files do: what is kept in a module outlives them.
  isolate: false,
  // What differs is told whole: a report has no more than the message.
  chaiConfig: { truncateThreshold: 0 },
};
const project = (name: string, include: string[], more: object = {}) => ({
  test: { name, include, ...common, ...more },
});
const slow = { testTimeout: often(120_000), hookTimeout: 180_000 };

export default defineConfig({
  test: {
    // Host tests wait for the kernel and for daemons most of the time, beside those that compute.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      project('unit', [
        'src/**/*.test.ts',
        'dashboard/src/**/*.test.ts',
        'tools/**/*.test.ts',
        'test/support/**/*.test.ts',
      ]),
      project('api', ['test/api/**/*.test.ts', 'test/ports/**/*.test.ts']),
      // Each makes what it needs under names of its own.
      project('host', ['test/host/**/*.test.ts'], { ...slow, exclude: ALONE }),
      project('alone', ALONE, {
        ...slow,
        maxWorkers: 1,
        fileParallelism: false,
        sequence: { groupOrder: 1 },
      }),
    ],
  },
});
