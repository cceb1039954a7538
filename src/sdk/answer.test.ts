import { expect, it } from 'vitest';
import { refusal } from './answer.ts';

it.each([
  ['Keystone', { error: { code: 404, message: 'said', title: 'Not Found' } }],
  ['Neutron', { NeutronError: { type: 'PortNotFound', message: 'said', detail: '' } }],
  ['Zun', { errors: [{ status: 404, title: 'Not Found', detail: 'said' }] }],
  [
    'Heat',
    { code: 404, title: 'Not Found', explanation: 'other', error: { message: 'said', type: 'NotFound' } },
  ],
  ['Aodh', { error_message: { debuginfo: null, faultcode: 'Client', faultstring: 'said' } }],
  ['Barbican', { code: 404, title: 'Not Found', description: 'said' }],
])('tells of a refusal in the words of %s', (_, body) => {
  expect(refusal(404, JSON.stringify(body), 'GET /')).toMatchObject({ kind: 'not-found', message: 'said' });
});

it('tells what was asked where an answer has no words', () => {
  expect(refusal(502, '<html>', 'GET /').message).toBe('GET / was answered with 502: <html>');
});
