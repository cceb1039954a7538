import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isFresh, isSignedBy, isTextSignedBy, type SignedRequest } from './ec2-signature.ts';

/** Signed by upstream's client library with this secret. */
const SECRET = 'dead5ecre7';
const base = { host: '127.0.0.1:8773', verb: 'GET', path: '/v1/', params: {}, headers: {}, bodyHash: '' };
const Timestamp = '2030-01-01T00:00:00Z';
const scope = 'k/20300101/us-east-1/iam/aws4_request';
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const SIGNED: readonly (readonly [string, SignedRequest, string])[] = [
  [
    'version 0',
    { ...base, params: { SignatureVersion: '0', Action: 'Test', Timestamp } },
    'cM+2eqcrcp99Jky+mhp5k3BOHTc=',
  ],
  [
    'version 1',
    { ...base, params: { SignatureVersion: '1', AWSAccessKeyId: 'k', Timestamp } },
    'Kbtn+44qeNgnY4vIKAwidFvCpVM=',
  ],
  [
    'version 2',
    { ...base, params: { SignatureVersion: '2', AWSAccessKeyId: 'k', Action: "a b*'~/", Timestamp } },
    'Fycst4KQH0uuw+9LC5WA5QCWIPDm/IuIAd8L+KuFVC0=',
  ],
  [
    'version 4 in a header',
    {
      ...base,
      verb: 'POST',
      path: '/',
      host: 'iam.example',
      params: { Action: 'CreateUser' },
      headers: {
        'Content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'X-Amz-Date': '20300101T000000Z',
        Host: 'iam.example',
        Authorization: `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=content-type;host;x-amz-date,Signature=x`,
      },
      bodyHash: 'b6359072c78d70ebee1e81adcbab4f01bf2c23245fa365ef83fe8f1f955085e2',
    },
    '07470d73a2bdb1c6102069dfe5f69946ed7712de5529770c745d2d1a0d3e7c24',
  ],
  [
    'version 4 in the query',
    {
      ...base,
      path: '/x',
      host: 'iam.example',
      params: {
        Action: 'ListUsers',
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Credential': scope,
        'X-Amz-Date': '20300101T000000Z',
        'X-Amz-SignedHeaders': 'host',
      },
      headers: { Host: 'iam.example' },
      bodyHash: EMPTY,
    },
    '1db14ed76c3e1d7f28be249de55bf911b65161bbb99d51e1b1e98b0304ef2d9a',
  ],
];

describe.each(SIGNED)('a request with a signature of %s', (_, request, signature) => {
  it('is known by its secret and no other', () => {
    expect(isSignedBy(SECRET, request, signature)).toBe(true);
    expect(isSignedBy('another', request, signature)).toBe(false);
  });

  it('is refused when anything in it was changed', () => {
    const changed = { ...request, params: { ...request.params, Action: 'Other', Timestamp: 'x' } };
    const other = { ...changed, bodyHash: 'f'.repeat(64) };
    expect(isSignedBy(SECRET, other, signature)).toBe(false);
    expect(isSignedBy(SECRET, request, `${signature}x`)).toBe(false);
    expect(isSignedBy(SECRET, request, '')).toBe(false);
  });
});

it('a request that does not say how it is signed is not', () => {
  expect(isSignedBy(SECRET, base, '')).toBe(false);
  expect(isSignedBy(SECRET, { ...base, params: { SignatureVersion: '3' } }, '')).toBe(false);
});

it('a request is fresh for a quarter of an hour, in both spellings of its time', () => {
  const now = new Date('2030-01-01T00:10:00Z');
  const at = (params: Record<string, string>) => isFresh({ ...base, params }, now);
  expect(at({ Timestamp })).toBe(true);
  expect(at({ Timestamp: '2030-01-01T00:00:00' })).toBe(true);
  expect(at({ 'X-Amz-Date': '20300101T000000Z' })).toBe(true);
  expect(at({ 'X-Amz-Date': '20300101T003000Z' })).toBe(false);
  expect(at({ Timestamp: '2029-12-31T23:00:00Z' })).toBe(false);
  expect(at({ Timestamp: 'yesterday' })).toBe(false);
});

it('a text of S3 is known by its secret, in version 1 and 4', () => {
  const old = Buffer.from('PUT\n\n\nTue, 01 Jan 2030 00:00:00 GMT\n/bucket/object');
  const signature = createHmac('sha1', SECRET).update(old).digest('base64');
  expect(isTextSignedBy(SECRET, old, signature)).toBe(true);
  expect(isTextSignedBy('another', old, signature)).toBe(false);
  const text = Buffer.from(`AWS4-HMAC-SHA256\n20300101T000000Z\n20300101/r/s3/aws4_request\n${EMPTY}`);
  const hmac = (key: Buffer, part: string) => createHmac('sha256', key).update(part).digest();
  const key = ['20300101', 'r', 's3', 'aws4_request'].reduce(hmac, Buffer.from(`AWS4${SECRET}`));
  const young = createHmac('sha256', key).update(text).digest('hex');
  expect(isTextSignedBy(SECRET, text, young)).toBe(true);
  const elsewhere = Buffer.from(text.toString().replace('/s3/', '/iam/'));
  expect(isTextSignedBy(SECRET, elsewhere, young)).toBe(false);
});
