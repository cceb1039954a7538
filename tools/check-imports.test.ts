import { describe, expect, it } from 'vitest';
import { checkImports, importsOf } from './check-imports.ts';

const check = (path: string, text: string) => checkImports([{ path, text }]);

describe('checkImports', () => {
  it.each([
    ['src/kernel/log.ts', "import { pino } from 'pino';"],
    ['src/kernel/log.ts', "import { x } from './db/x.ts';"],
    ['src/services/image/store.ts', "import { x } from '#kernel/db.ts';"],
    ['src/services/image/store.ts', "import { x } from './tables.ts';"],
    ['src/services/compute/service.ts', "import type { RuntimeDriver } from '#drivers/runtime/driver.ts';"],
    ['src/services/compute/service.ts', "import type { ImagePort } from '#services/image/port.ts';"],
    ['src/node/execute.ts', "import { x } from '#drivers/runtime/registry.ts';"],
    ['src/drivers/runtime/crun/driver.ts', "import type { RuntimeDriver } from '../driver.ts';"],
    ['src/sdk/client.ts', "import { Image } from '#services/image/schema/image.ts';"],
    ['src/cli/up.ts', "import { x } from '../deploy/host/paths.ts';"],
    ['src/deploy/seed.ts', "import { ensurePki } from '#ssntp/pki.ts';"],
    ['src/main.ts', "const x = await import('./cli/up.ts');"],
    ['src/control.ts', "import { x } from '#services/image/index.ts';"],
    ['src/kernel/log.test.ts', "import { x } from '#services/image/index.ts';"],
    ['dashboard/src/live/live.tsx', "import { followEvents } from '../../../src/sdk/events.ts';"],
    ['dashboard/src/live/live.tsx', "import { useSession } from '../session/session.tsx';"],
    ['dashboard/src/areas/a.tsx', "import { x } from '../../../src/services/container/model/states.ts';"],
    ['dashboard/src/areas/a.tsx', "import { x } from '../../../src/services/container/schema/container.ts';"],
    ['tools/check.ts', "import { exec } from '#kernel/exec.ts';"],
  ])('%s may: %s', (path, text) => {
    expect(check(path, text)).toEqual([]);
  });

  it.each([
    ['src/kernel/log.ts', "import { x } from '#services/image/store.ts';"],
    ['src/kernel/log.ts', "import type { X } from '../node/plan.ts';"],
    ['src/kernel/log.ts', "const x = await import('../cli/up.ts');"],
    ['src/kernel/log.ts', "export { x } from '#oci/archive.ts';"],
    ['src/services/compute/service.ts', "import { crun } from '#drivers/runtime/driver.ts';"],
    ['src/services/compute/service.ts', "import type { X } from '#drivers/runtime/crun/driver.ts';"],
    ['src/services/compute/service.ts', "import { imagePort } from '#services/image/port.ts';"],
    ['src/services/compute/service.ts', "import type { X } from '#services/image/store.ts';"],
    ['src/services/compute/service.ts', "import {\n  a,\n  b,\n} from '../image/store.ts';"],
    ['src/drivers/runtime/crun/driver.ts', "import { x } from '#drivers/network/driver.ts';"],
    ['src/drivers/runtime/crun/driver.ts', "import { x } from '#oci/archive.ts';"],
    ['src/cli/up.ts', "import { x } from '#ssntp/server.ts';"],
    ['src/deploy/seed.ts', "import { x } from '../cli/output.ts';"],
    ['src/sdk/client.ts', "import { x } from '#services/image/store.ts';"],
    ['src/kernel/log.ts', "import '#src/main.ts';"],
    ['dashboard/src/areas/a.tsx', "import { x } from '../../../src/services/container/store.ts';"],
    ['dashboard/src/areas/a.tsx', "import { x } from '../../../src/kernel/db/x.ts';"],
    ['src/sdk/client.ts', "import { x } from '../../dashboard/src/live/live.tsx';"],
  ])('%s may not: %s', (path, text) => {
    expect(check(path, text)).toHaveLength(1);
  });

  it('says where, and what to do instead', () => {
    const [line] = check('src/oci/a.ts', "import { x } from 'y';\nimport { z } from '#node/main.ts';");
    expect(line).toMatch(
      /^src\/oci\/a.ts:2: oci may not import src\/node\/main.ts. It may import itself and .*: move /,
    );
  });
});

it('importsOf tells types from values', () => {
  const text = "import type { A } from '#kernel/a.ts';\nimport { type B, c } from '#kernel/b.ts';";
  const found = importsOf({ path: 'src/x.ts', text });
  expect(found.map(({ target, typesOnly }) => [target, typesOnly])).toEqual([
    ['kernel/a.ts', true],
    ['kernel/b.ts', false],
  ]);
});
