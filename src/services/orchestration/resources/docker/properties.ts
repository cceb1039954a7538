import type { Field, Fields } from '../rest/field.ts';
import { flag, integer, list, listOf, map, mapOf, NEEDED, oneOf, text } from '../rest/fields.ts';

const CAPABILITIES = [
  'SETPCAP SYS_MODULE SYS_RAWIO SYS_PACCT SYS_ADMIN SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD AUDIT_WRITE',
  'AUDIT_CONTROL MAC_OVERRIDE MAC_ADMIN NET_ADMIN SYSLOG CHOWN NET_RAW DAC_OVERRIDE FOWNER DAC_READ_SEARCH FSETID KILL',
  'SETGID SETUID LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST IPC_LOCK IPC_OWNER SYS_CHROOT SYS_PTRACE SYS_BOOT LEASE',
  'SETFCAP WAKE_ALARM BLOCK_SUSPEND ALL',
].flatMap((line) => line.split(' '));

const CAPABILITY = oneOf(CAPABILITIES, 'A capability, without CAP_.');
const DEVICE_PATH = (description: string, more: Partial<Field> = {}) =>
  text(description, {
    constraints: [{ length: { max: 255 } }, { allowed_pattern: '^/dev/[/_\\-a-zA-Z0-9]+$' }],
    ...more,
  });

/** None may change in place: a change is another container. */
export const CONTAINER_PROPERTIES: Fields = {
  name: text('Name of the container.'),
  hostname: text('Hostname of the container.', { default: '' }),
  user: text('Username or UID.', { default: '' }),
  memory: integer('Memory limit (Bytes).'),
  port_specs: list('TCP/UDP ports mapping.'),
  port_bindings: map('TCP/UDP ports bindings.'),
  privileged: flag('Enable extended privileges.', { default: false }),
  tty: flag('Allocate a pseudo-tty.', { default: false }),
  open_stdin: flag('Open stdin.', { default: false }),
  stdin_once: flag('If true, close stdin after the 1 attached client disconnects.', { default: false }),
  env: list('Set environment variables.'),
  cmd: list('Command to run after spawning the container.', { default: [] }),
  dns: list('Set custom dns servers.'),
  image: text('Image name.'),
  links: map('Links to other containers.'),
  volumes: map('Create a bind mount.', { default: {} }),
  volumes_from: list('Mount all specified volumes.', { default: [] }),
  docker_endpoint: text('Docker daemon endpoint. By default the local docker daemon will be used.'),
  restart_policy: mapOf(
    {
      Name: oneOf(['no', 'on-failure', 'always'], 'The behavior to apply when the container exits.', {
        default: 'no',
      }),
      MaximumRetryCount: integer('A maximum restart count for the on-failure policy.', { default: 0 }),
    },
    'Restart policies (only supported for API version >= 1.2.0).',
    { default: {} },
  ),
  cap_add: listOf(
    CAPABILITY,
    'Be used to add kernel capabilities (only supported for API version >= 1.2.0).',
    {
      default: [],
    },
  ),
  cap_drop: listOf(
    CAPABILITY,
    'Be used to drop kernel capabilities (only supported for API version >= 1.2.0).',
    {
      default: [],
    },
  ),
  read_only: flag(
    'If true, mount the container’s root filesystem as read only (only supported for API version >= 1.17).',
    { default: false },
  ),
  cpu_shares: integer(
    'Relative weight which determines the allocation of the CPU processing power (only supported for API version >= 1.8).',
    {
      default: 0,
    },
  ),
  devices: listOf(
    mapOf({
      path_on_host: DEVICE_PATH('The device path on the host.', NEEDED),
      path_in_container: DEVICE_PATH('The device path of the container mappings to the host.'),
      permissions: oneOf(
        ['r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm'],
        'The permissions of the container to read/write/create the devices.',
        { default: 'rwm' },
      ),
    }),
    'Device mappings (only supported for API version >= 1.14).',
    { default: [] },
  ),
  cpu_set: text('The CPUs in which to allow execution (only supported for API version >= 1.12).'),
};
