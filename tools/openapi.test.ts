import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { keystoneFaults } from '#kernel/http/faults.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { defineService } from '#kernel/http/service.ts';
import { openApiOf } from './openapi.ts';

const handle = async () => undefined;
const shown = route({
  method: 'GET',
  url: '/v1/jars/:id',
  name: 'get-jar',
  summary: 'Show a jar.',
  access: { rule: 'jar:get' },
  params: Type.Object({ id: Type.String({ maxLength: 36 }) }),
  status: 200,
  handle,
});
const created = (since: string | undefined, until: string | undefined, size: string): Route =>
  route({
    method: 'POST',
    url: '/v1/jars',
    name: `create-jar${until === undefined ? '' : '-small'}`,
    summary: 'Make a jar.',
    access: 'authenticated',
    query: Type.Object({ [size]: Type.Integer(), empty: Type.Optional(Type.Boolean()) }),
    body: Type.Object({ [size]: Type.Integer() }),
    status: 201,
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    handle,
  });

// A test looks into a document of any shape.
// oxlint-disable-next-line typescript/no-explicit-any
const documentOf = (...routes: readonly Route[]): any =>
  openApiOf(
    defineService({
      name: 'jars',
      prefix: '/jars',
      catalog: null,
      microversions: { word: 'jar', min: '1.1', max: '1.9' },
      faults: { ...keystoneFaults, status: { 'bad-request': 422 } },
      policy: [],
      routes,
      migrations: [],
      reconcilers: [],
    }),
    '1.2.3',
  );

describe('the OpenAPI document of a service', () => {
  it('says of a call who may make it, what it takes and how it may end', () => {
    const document = documentOf(shown);
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { version: '1.2.3' },
      servers: [{ url: '/jars' }],
    });
    const { get } = document.paths['/v1/jars/{id}'];
    expect(get).toMatchObject({ operationId: 'get-jar', summary: 'Show a jar.', 'x-policy': 'jar:get' });
    expect(get.parameters[0]).toEqual({
      name: 'id',
      in: 'path',
      required: true,
      schema: { type: 'string', maxLength: 36 },
    });
    expect(Object.keys(get.responses)).toEqual(['200', '401', '403', '404', '406', '422']);
    expect(get).not.toHaveProperty('requestBody');
  });

  it('merges the forms of one call, the lasting one first in name', () => {
    const { post } = documentOf(created(undefined, '1.4', 'litres'), created('1.5', undefined, 'pints'))
      .paths['/v1/jars'];
    expect(post.operationId).toBe('create-jar');
    expect(post['x-forms']).toMatchObject([
      { operationId: 'create-jar-small', 'x-until': '1.4' },
      { operationId: 'create-jar', 'x-since': '1.5' },
    ]);
    expect(post.requestBody.content['application/json'].schema.anyOf).toHaveLength(2);
    const named = Object.fromEntries(post.parameters.map((one: { name: string }) => [one.name, one]));
    expect(named['empty'].schema).toEqual({ type: 'boolean' });
    expect(named['pints']).not.toHaveProperty('required');
  });

  it('requires a query parameter that every form requires', () => {
    const { post } = documentOf(created(undefined, undefined, 'litres')).paths['/v1/jars'];
    expect(post.parameters[0]).toMatchObject({ name: 'litres', required: true });
    expect(post.requestBody.required).toBe(true);
  });

  it('lists another way to write a path with the call that it writes', () => {
    const { paths } = documentOf(shown, { ...shown, url: '/jars/:id', name: 'get-jar-short' });
    expect(Object.keys(paths)).toEqual(['/v1/jars/{id}']);
    expect(paths['/v1/jars/{id}'].get['x-also']).toEqual(['/jars/{id}']);
  });

  it('keeps two calls apart whose names alone are alike', () => {
    const other = route({ ...shown, url: '/v1/jars/:id/lid', name: 'get-jar-lid', summary: 'Show its lid.' });
    expect(Object.keys(documentOf(shown, other).paths)).toHaveLength(2);
  });

  it('asks for no token where everybody may call, and describes a stream by its media type', () => {
    const { put } = documentOf(
      route({
        method: 'PUT',
        url: '/v1/water',
        name: 'pour',
        summary: 'Pour.',
        access: 'public',
        streams: ['application/octet-stream'],
        status: 204,
        handle,
      }),
    ).paths['/v1/water'];
    expect(put.security).toEqual([]);
    expect(put.requestBody.content).toEqual({ 'application/octet-stream': { schema: {} } });
  });
});
