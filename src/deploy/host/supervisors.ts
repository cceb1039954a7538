import type { Supervisor } from './daemons.ts';
import type { HostFacts } from './facts.ts';
import type { HostPaths } from './paths.ts';
import { ShellSupervisor } from './shell-supervisor.ts';
import { SystemdSupervisor } from './systemd.ts';

export const chooseSupervisor = (facts: HostFacts, paths: HostPaths): Supervisor =>
  facts.systemd ? new SystemdSupervisor(paths) : new ShellSupervisor(paths);
