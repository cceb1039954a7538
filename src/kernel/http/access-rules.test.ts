import { expect, it } from 'vitest';
import { isAccessAllowed } from './access-rules.ts';

const allowed = (rule: string, call: string): boolean => {
  const [method = '', path = ''] = rule.split(' ');
  const [asked = '', where = ''] = call.split(' ');
  return isAccessAllowed([{ service: 'image', method, path }], {
    types: ['image'],
    method: asked,
    path: where,
  });
};

it.each([
  ['GET /v2/images', 'GET /v2/images', true],
  ['GET /v2/images', 'POST /v2/images', false],
  ['GET /v2/images', 'GET /v2/images/1', false],
  ['GET /v2/images/*', 'GET /v2/images/1', true],
  ['GET /v2/images/*', 'GET /v2/images/1/file', false],
  ['GET /v2/images/*', 'GET /v2/images/', false],
  ['GET /v2/images/{image_id}/file', 'GET /v2/images/1/file', true],
  ['GET /v2/**', 'GET /v2/images/1/file', true],
  ['GET /v2/**/file', 'GET /v2/images/1/file', true],
  ['GET /v2/**/file', 'GET /v2/images/1/tags', false],
  ['GET **', 'GET /v2/images', true],
])('the rule %s meets %s: %s', (rule, call, expected) => {
  expect(allowed(rule, call)).toBe(expected);
});

it('lets nothing through for another service, or without rules', () => {
  const call = { types: ['network'], method: 'GET', path: '/v2.0/networks' };
  expect(isAccessAllowed([{ service: 'image', method: 'GET', path: '/v2.0/networks' }], call)).toBe(false);
  expect(isAccessAllowed([], call)).toBe(false);
});
