import { Type, type Static } from 'typebox';
import { Mount, Secret } from './mount.ts';
import { Healthcheck, Probes } from './probes.ts';
import { Flag, IntegerText, Name, NumberText, orNull, PageQuery, PullPolicy, STRICT } from './common.ts';

const Words = Type.Array(Type.String());
const Texts = Type.Record(Type.String(), Type.String());
const Address = Type.String({ minLength: 2, maxLength: 45 });

const Net = Type.Object(
  {
    network: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    port: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    'v4-fixed-ip': Type.Optional(Address),
    'v6-fixed-ip': Type.Optional(Address),
  },
  STRICT,
);

const RestartPolicy = Type.Object(
  {
    Name: Type.Union([
      Type.Literal('no'),
      Type.Literal('always'),
      Type.Literal('on-failure'),
      Type.Literal('unless-stopped'),
    ]),
    MaximumRetryCount: orNull(IntegerText),
  },
  STRICT,
);

const ExposedPorts = Type.Record(
  Type.String({ pattern: '^[0-9]{1,5}(/(tcp|udp))?$' }),
  Type.Object({}, STRICT),
  STRICT,
);

/** Sizes are bytes, or end with k, m or g. */
const Log = Type.Object(
  {
    driver: Type.Optional(Type.Union([Type.Literal('file'), Type.Literal('none')])),
    max_size: Type.Optional(Type.Union([Type.Integer(), Type.String({ pattern: '^[0-9]{1,15}[kmgKMG]?$' })])),
    max_files: Type.Optional(IntegerText),
  },
  STRICT,
);

/** The fields of every version; `service/request.ts` refuses those that are newer than the request's. */
export const CreateContainer = Type.Object(
  {
    name: orNull(Name),
    image: Type.String({ minLength: 2, maxLength: 255 }),
    command: Type.Optional(Type.Union([Words, Type.String(), Type.Null()])),
    entrypoint: orNull(Words),
    cpu: orNull(NumberText),
    cpu_policy: orNull(Type.Union([Type.Literal('shared'), Type.Literal('dedicated')])),
    memory: orNull(IntegerText),
    disk: orNull(IntegerText),
    workdir: orNull(Type.String({ maxLength: 4096 })),
    environment: orNull(Texts),
    labels: orNull(Texts),
    image_pull_policy: orNull(PullPolicy),
    image_driver: orNull(Type.Union([Type.Literal('glance'), Type.Literal('docker'), Type.Literal('None')])),
    restart_policy: orNull(RestartPolicy),
    auto_remove: orNull(Flag),
    interactive: orNull(Flag),
    /** Our own: the first console's end of input is the container's. */
    stdin_once: orNull(Flag),
    /** Our own. */
    log: orNull(Log),
    tty: orNull(Flag),
    auto_heal: orNull(Flag),
    privileged: orNull(Flag),
    runtime: orNull(Type.String({ minLength: 1, maxLength: 255 })),
    hostname: orNull(Type.String({ minLength: 1, maxLength: 63, pattern: '^[a-zA-Z0-9._-]*$' })),
    availability_zone: orNull(Type.String({ minLength: 1, maxLength: 255 })),
    host: orNull(Type.String({ minLength: 1, maxLength: 255 })),
    security_groups: orNull(Type.Array(Type.String({ minLength: 1, maxLength: 255 }))),
    exposed_ports: orNull(ExposedPorts),
    nets: orNull(Type.Array(Net)),
    mounts: orNull(Type.Array(Mount, { maxItems: 64 })),
    secrets: orNull(Type.Array(Secret, { maxItems: 64 })),
    hints: orNull(Texts),
    healthcheck: orNull(Healthcheck),
    probes: orNull(Probes),
    registry: orNull(Type.String({ minLength: 2, maxLength: 255 })),
  },
  STRICT,
);

export const CreateQuery = Type.Object({ run: Type.Optional(Flag) }, STRICT);

export const UpdateContainer = Type.Object(
  {
    name: Type.Optional(Name),
    cpu: Type.Optional(NumberText),
    memory: Type.Optional(IntegerText),
    auto_heal: Type.Optional(Flag),
  },
  STRICT,
);

export const RenameContainer = Type.Object({ name: Name }, STRICT);

export const ListContainers = Type.Object(
  {
    ...PageQuery,
    name: Type.Optional(Type.String()),
    image: Type.Optional(Type.String()),
    project_id: Type.Optional(Type.String()),
    user_id: Type.Optional(Type.String()),
    memory: Type.Optional(IntegerText),
    host: Type.Optional(Type.String()),
    task_state: Type.Optional(Type.String()),
    status: Type.Optional(Type.String()),
    auto_remove: Type.Optional(Flag),
  },
  STRICT,
);

export const AllProjects = Type.Object({ all_projects: Type.Optional(Flag) }, STRICT);

export const DeleteContainer = Type.Object(
  { force: Type.Optional(Flag), stop: Type.Optional(Flag), all_projects: Type.Optional(Flag) },
  STRICT,
);

export type CreateContainerBody = Static<typeof CreateContainer>;
export type UpdateContainerBody = Static<typeof UpdateContainer>;
export type ListContainersQuery = Static<typeof ListContainers>;
export type NetBody = Static<typeof Net>;
