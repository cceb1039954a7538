import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDestination, checkDestinations } from './destinations.ts';

const refused = expect.objectContaining({ kind: 'bad-request' });

describe('a place to mount something', () => {
  it.each([
    ['/data', '/data'],
    ['/data/', '/data'],
    ['//srv///a/./b/', '/srv/a/b'],
    ['/process', '/process'],
    ['/..data', '/..data'],
  ])('%s is %s', (path, plain) => {
    expect(checkDestination(path)).toBe(plain);
  });

  it.each([
    '',
    '/',
    '//',
    '/.',
    'data',
    './data',
    '/data/../etc',
    '/..',
    '/data/..',
    '/proc',
    '/proc/sys/kernel',
    '//proc',
    '/./sys/fs',
    '/sys',
    '/dev',
    '/dev/shm',
    '/dev/',
    '/a\0b',
    `/${'a'.repeat(5000)}`,
  ])('%j is refused', (path) => {
    expect(() => checkDestination(path)).toThrow(refused);
  });

  it('is for one thing alone, however it is written', () => {
    expect(() => checkDestinations(['/data', '/srv', '//data/'])).toThrow(refused);
    expect(checkDestinations(['/data', '/data/inner'])).toEqual(['/data', '/data/inner']);
  });

  it('never leads above the root or into what is the kernel’s, whatever is asked for', () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', 'proc', 'sys', 'dev', 'a'), fc.string());
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        let plain = '/fine';
        try {
          plain = checkDestination(`/${parts.join('/')}`);
        } catch {
          return;
        }
        expect(plain).toMatch(/^\/[^/]/);
        expect(plain.split('/')).not.toContain('..');
        expect(['proc', 'sys', 'dev']).not.toContain(plain.split('/')[1]);
      }),
    );
  });
});
