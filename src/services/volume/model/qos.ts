import { notFound, type CloudError } from '#kernel/errors.ts';

/** Promises of speed, which volume types are associated with. */
export interface Qos {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  /** Who is to keep them. */
  readonly consumer: 'front-end' | 'back-end' | 'both';
  readonly specs: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const qosNotFound = (id: string): CloudError => notFound(`No such qos_specs with id ${id}.`);
