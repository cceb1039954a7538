import type { IncomingMessage } from 'node:http';
import type { Static, TSchema } from 'typebox';
import type { Ctx } from '../context.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Who may call at all: a policy rule, anybody with a token, or everybody. */
export type Access = { readonly rule: string } | 'authenticated' | 'public';

/** What a handler is given: validated input and the caller. */
export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  readonly ctx: Ctx;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** Absolute URL of this service as the caller sees it, without a slash at the end: `http://host/container`. */
  readonly base: string;
  readonly headers: IncomingMessage['headers'];
  /** The raw request, for bodies that are streams. */
  readonly raw: IncomingMessage;
  /** The token as it was sent, for forwarding to remote services. */
  readonly token: string | undefined;
}

/** An answer with more than a body. */
export class Reply {
  readonly body: unknown;
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(body: unknown, options: { status?: number; headers?: Record<string, string> } = {}) {
    this.body = body;
    this.status = options.status;
    this.headers = options.headers ?? {};
  }
}

/** A body that is JSON already, and sent as it is. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** One endpoint, as it is registered, documented and tested. */
export interface Route {
  readonly method: Method;
  /** Below the service's prefix: `/v1/containers/:id`. */
  readonly url: string;
  /** Unique in its service: `list-containers`. The operation id in OpenAPI. */
  readonly name: string;
  readonly summary: string;
  readonly access: Access;
  /** Microversions in which this form of the call exists, both inclusive. Forms of one URL do not overlap. */
  readonly since?: string;
  readonly until?: string;
  readonly params?: TSchema;
  readonly query?: TSchema;
  /** JSON body. Absent = a body is passed over. */
  readonly body?: TSchema;
  /** What the handler takes from query and body together, where either may hold it: for documents and tests. */
  readonly parameters?: TSchema;
  /** The body is not parsed: the handler reads `call.raw`. Value = the media types taken. */
  readonly streams?: readonly string[];
  /** Media types of the JSON body; default `application/json`. */
  readonly mediaTypes?: readonly string[];
  /** Status of success. */
  readonly status: number;
  /** Shape of the answer, for OpenAPI. */
  readonly answer?: TSchema;
  handle(call: Call<never, never, never>): Promise<unknown>;
}

type TypedRoute<P extends TSchema, Q extends TSchema, B extends TSchema> = Omit<
  Route,
  'params' | 'query' | 'body' | 'handle'
> & {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** @returns the body, its `JsonText`, a `Reply`, a stream, or undefined for none. */
  handle(call: Call<Static<P>, Static<Q>, Static<B>>): Promise<unknown>;
};

/** Defines an endpoint, with the types of its input taken from its schemas. */
export const route = <P extends TSchema = TSchema, Q extends TSchema = TSchema, B extends TSchema = TSchema>(
  definition: TypedRoute<P, Q, B>,
): Route => definition;
