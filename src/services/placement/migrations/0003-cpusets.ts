import type { Migration } from '#kernel/db/migrate.ts';

export const addCpusets: Migration = {
  name: '0003-cpusets',
  async up(db) {
    await db.schema.alterTable('placement_allocation').addColumn('cpuset_json', 'text').execute();
  },
};
