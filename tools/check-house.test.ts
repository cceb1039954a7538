import { describe, expect, it } from 'vitest';
import { checkHouse } from './check-house.ts';
import { checkSizes } from './check-sizes.ts';
import { codeOnly } from './source.ts';

const check = (path: string, text: string) => checkHouse([{ path, text }]);
const host = ['docker', 'io'].join('.');
const own = ['', 'work', 'main'].join('/');

describe('checkHouse', () => {
  it.each([
    ['src/kernel/db.ts', 'const x = process.env.HOME;', 'the environment is read in'],
    ['src/kernel/db.ts', 'console.log(1);', 'log with pino'],
    ['src/kernel/db.ts', 'export default 1;', 'export it by its name'],
    ['src/kernel/db.ts', 'export enum X { A }', 'cannot strip an enum'],
    ['src/kernel/db.ts', 'const enum X { A }', 'cannot strip an enum'],
    ['src/kernel/db.ts', "import { spawn } from 'node:child_process';", 'src/kernel/exec.ts'],
    ['docs/x.md', `pull ${host}/library/busybox`, 'host name of a registry'],
    ['tools/x.sh', `cd ${own}`, 'no path of one machine'],
  ])('%s may not hold: %s', (path, text, instead) => {
    const [line, ...more] = check(path, text);
    expect(line).toContain(`${path}:1: `);
    expect(line).toContain(instead);
    expect(more).toEqual([]);
  });

  it.each([
    ['src/kernel/environment.ts', 'const x = process.env;'],
    ['src/kernel/exec.ts', "import { spawn } from 'node:child_process';"],
    ['src/cli/up.ts', 'console.log(1);'],
    ['src/kernel/db.ts', "// console.log is not for us\nconst text = 'process.env';"],
    ['src/kernel/db.test.ts', "import { spawn } from 'node:child_process';"],
    ['vitest.config.ts', 'export default {};'],
    ['src/kernel/db.ts', 'const enumerate = 1;'],
    ['docs/x.md', 'Debian packages docker as docker.io, in src/work/x'],
  ])('%s may hold: %s', (path, text) => {
    expect(check(path, text)).toEqual([]);
  });

  it('wants a README of each service and each kind of driver, once', () => {
    const files = ['src/services/image/a.ts', 'src/services/image/b.ts', 'src/drivers/runtime/crun/a.ts'];
    const sources = files.map((path) => ({ path, text: '' }));
    expect(checkHouse(sources).map((line) => line.split(':')[0])).toEqual([
      'src/services/image',
      'src/drivers/runtime',
    ]);
    const readmes = ['src/services/image/README.md', 'src/drivers/runtime/README.md'];
    expect(checkHouse([...sources, ...readmes.map((path) => ({ path, text: '' }))])).toEqual([]);
  });
});

describe('checkSizes', () => {
  const file = (lines: number) => [{ path: 'src/a.ts', text: 'x;\n'.repeat(lines) }];

  it('allows 500 lines and no more', () => {
    expect(checkSizes(file(500))).toEqual([]);
    expect(checkSizes(file(501))).toEqual([
      'src/a.ts: 501 lines, 500 at most: split it where its seams are.',
    ]);
  });

  it('leaves what is not code alone', () => {
    expect(checkSizes([{ path: 'a.json', text: '\n'.repeat(900) }])).toEqual([]);
  });
});

it('codeOnly blanks comments and literals and keeps every line', () => {
  const text = "a; // b\n/* c\nd */ e('f', `g\n${h}`);";
  expect(codeOnly(text).replaceAll(/ +/g, ' ')).toBe('a; \n \n e( , \n );');
});
