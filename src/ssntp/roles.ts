import type { X509Certificate } from 'node:crypto';

/** What an end of SSNTP may be: bits, since one process may be several. */
export const Role = {
  Unknown: 0,
  Server: 0x1,
  Controller: 0x2,
  Agent: 0x4,
  Scheduler: 0x8,
  NetAgent: 0x10,
  CnciAgent: 0x20,
} as const;

/** Ciao's arc below Intel's enterprise number. Roles stand in a certificate's extended key usage. */
const ARC = '1.3.6.1.4.1.343.8';
const OIDS: Readonly<Record<string, number>> = {
  [`${ARC}.1`]: Role.Agent,
  [`${ARC}.2`]: Role.Scheduler,
  [`${ARC}.3`]: Role.Controller,
  [`${ARC}.4`]: Role.NetAgent,
  [`${ARC}.5`]: Role.Server,
  [`${ARC}.6`]: Role.CnciAgent,
};

/** The roles that a certificate grants. Usages that are no roles are ignored. */
export const rolesOf = (certificate: X509Certificate): number =>
  // Node calls the extended key usage keyUsage, and has none for a certificate without.
  ((certificate.keyUsage as string[] | undefined) ?? []).reduce((roles, oid) => roles | (OIDS[oid] ?? 0), 0);

export const roleOids = (roles: number): string[] =>
  Object.entries(OIDS)
    .filter(([, role]) => roles & role)
    .map(([oid]) => oid);

/** Whether `granted` allows to act as `claimed`. Nobody may act as nothing. */
export const mayActAs = (granted: number, claimed: number): boolean =>
  claimed !== Role.Unknown && (claimed & ~granted) === 0;

/** A server's certificate or CONNECTED frame says one of these. */
export const isServing = (roles: number): boolean => (roles & (Role.Server | Role.Scheduler)) !== 0;
