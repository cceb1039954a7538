import { basename } from 'node:path';
import { exec, type ExecError } from '#kernel/exec.ts';
import { installDashboardPackages } from '#src/deploy/host/dashboard.ts';
import { checkHouse } from './check-house.ts';
import { checkImports } from './check-imports.ts';
import { checkSizes } from './check-sizes.ts';
import { readSources } from './source.ts';

/** `npm run check`: every house rule that a program can see. Prints what is wrong, and nothing else. */
const FOLDERS = ['src', 'test', 'tools', 'bench', 'dashboard/src', 'dashboard/test'];

async function main(): Promise<number> {
  await installDashboardPackages();
  const sources = await readSources();
  const folders = FOLDERS.filter((folder) => sources.some(({ path }) => path.startsWith(`${folder}/`)));
  const failures = [
    ...checkImports(sources),
    ...checkSizes(sources),
    ...checkHouse(sources),
    ...(await complaints(bin('oxfmt'), ['--check', ...folders], 'npm run format')),
    ...(await complaints(bin('oxlint'), ['--type-aware', '--quiet', ...folders], 'mend each place it names')),
    ...(await complaints(bin('tsc'), ['-p', '.'], 'mend each place it names')),
    ...(await complaints(bin('tsc'), ['-p', 'dashboard'], 'mend each place it names')),
    ...(await complaints(process.execPath, ['tools/gen-openapi.ts', '--check'], 'npm run openapi')),
  ];
  for (const failure of failures) console.error(failure);
  return failures.length === 0 ? 0 : 1;
}

const bin = (tool: string): string => `node_modules/.bin/${tool}`;

/** What a tool says when it is not content. */
async function complaints(tool: string, args: readonly string[], mend: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await exec(tool, args, { okCodes: [0, 1, 2], timeout: 300_000 });
  if (code === 0) return [];
  return [`${[basename(tool), ...args].join(' ')} is not content (${mend}):\n${stdout}${stderr}`.trimEnd()];
}

process.exitCode = await main().catch((error: ExecError | Error) => {
  console.error(error.message);
  return 1;
});
