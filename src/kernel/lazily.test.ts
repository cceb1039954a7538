import { expect, it, vi } from 'vitest';
import { lazily, loadAllLazy } from './lazily.ts';

it('loads when it is first asked, and once', async () => {
  const load = vi.fn(() => Promise.resolve('module'));
  const get = lazily(load);
  expect(load).not.toHaveBeenCalled();
  expect(await Promise.all([get(), get()])).toEqual(['module', 'module']);
  expect(load).toHaveBeenCalledOnce();
});

it('loads everything beforehand for who asks so', async () => {
  const load = vi.fn(() => Promise.resolve('module'));
  const get = lazily(load);
  await loadAllLazy();
  expect(load).toHaveBeenCalledOnce();
  await get();
  expect(load).toHaveBeenCalledOnce();
});
