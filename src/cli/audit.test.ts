import { expect, it } from 'vitest';
import { describe } from './audit.ts';

it('tells who, what, the outcome, to what and from where, a line each', () => {
  const entry = {
    id: '1',
    time: '2026-01-02T03:04:05.678Z',
    request_id: 'req-1',
    service: 'image',
    action: 'delete-image',
    outcome: 'denied',
    reason: 'forbidden',
    user: { id: 'u', name: 'ada' },
    project_id: 'p',
    target: '/v2/images/7',
    source: '10.0.0.9',
  };
  const ended = { ...entry, action: 'image.import-image', outcome: 'success', reason: '', source: '' };
  expect(describe([entry, ended]).map((line) => line.split(/ {2,}/))).toEqual([
    ['TIME', 'WHO', 'WHAT', 'OUTCOME', 'TARGET', 'FROM', 'REQUEST'],
    [
      '2026-01-02 03:04:05',
      'ada',
      'image.delete-image',
      'denied (forbidden)',
      '/v2/images/7',
      '10.0.0.9',
      'req-1',
    ],
    ['2026-01-02 03:04:05', 'ada', 'image.import-image', 'success', '/v2/images/7', '-', 'req-1'],
  ]);
});
