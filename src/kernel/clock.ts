import { setTimeout as sleep } from 'node:timers/promises';

/** Time as a dependency, so that tests own it. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms`, or rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}),
};

/** The stored form of a time: ISO-8601 UTC with milliseconds, so that text order is time order. */
export const isoTime = (date: Date): string => date.toISOString();

/** `2013-09-03T04:01:32Z`, the form of Nova, Neutron and Glance. */
export const wireSeconds = (iso: string): string => `${iso.slice(0, 19)}Z`;

/** `2015-11-07T02:58:43.578000Z`, the form of Keystone's tokens. */
export const wireMicroseconds = (iso: string): string => `${iso.slice(0, 23)}000Z`;

/** `2015-11-07T02:58:43.578000`, the form of Keystone's ends of passwords and of Cinder; null stays null. */
export const microsecondsWithoutZone = (iso: string | null): string | null =>
  iso === null ? null : `${iso.slice(0, 23)}000`;
