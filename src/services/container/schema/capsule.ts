import { Type, type Static } from 'typebox';
import { Flag, IntegerText, Name, NumberText, orNull, PageQuery, PullPolicy, STRICT } from './common.ts';
import { Probes } from './probes.ts';

const Words = Type.Array(Type.String());
const Texts = Type.Record(Type.String(), Type.String());
const RestartPolicy = Type.Union([Type.Literal('Always'), Type.Literal('OnFailure'), Type.Literal('Never')]);

const Port = Type.Object(
  {
    containerPort: IntegerText,
    hostPort: Type.Optional(IntegerText),
    name: Type.Optional(Name),
    protocol: Type.Optional(Type.Union([Type.Literal('TCP'), Type.Literal('UDP')])),
  },
  STRICT,
);

const VolumeMount = Type.Object(
  { name: Name, mountPath: Type.String({ minLength: 1, maxLength: 4096 }), readOnly: Type.Optional(Flag) },
  STRICT,
);

const Member = Type.Object(
  {
    image: Type.String({ minLength: 2, maxLength: 255 }),
    name: Type.Optional(Name),
    command: Type.Optional(Words),
    args: Type.Optional(Words),
    resources: Type.Optional(
      Type.Object(
        { requests: Type.Object({ cpu: orNull(NumberText), memory: orNull(IntegerText) }, STRICT) },
        STRICT,
      ),
    ),
    ports: Type.Optional(Type.Array(Port, { maxItems: 64 })),
    volumeMounts: Type.Optional(Type.Array(VolumeMount, { maxItems: 64 })),
    env: orNull(Texts),
    workDir: orNull(Type.String({ maxLength: 4096 })),
    imagePullPolicy: orNull(PullPolicy),
    stdin: Type.Optional(Flag),
    tty: Type.Optional(Flag),
    /** Our own, as a container's. */
    probes: orNull(Probes),
  },
  STRICT,
);

const Volume = Type.Object({
  name: Name,
  cinder: Type.Object(
    {
      volumeID: Type.Optional(Type.String({ minLength: 36, maxLength: 36 })),
      size: Type.Optional(NumberText),
      autoRemove: Type.Optional(Flag),
    },
    STRICT,
  ),
});

/** Each of them is waited for in turn: see `tasks/create-capsule.ts`. */
export const MAX_INIT_CONTAINERS = 16;

/** As Zun's templates are: keys of Kubernetes' that Zun does not know are allowed in `metadata` and `spec`, and mean nothing. */
const Template = Type.Object(
  {
    kind: Type.Union([Type.Literal('capsule'), Type.Literal('Capsule')]),
    capsuleVersion: Type.Optional(Type.Union([Type.Literal('beta'), Type.Literal('Beta')])),
    metadata: Type.Object({ name: orNull(Name), labels: orNull(Texts), annotations: orNull(Texts) }),
    restartPolicy: Type.Optional(RestartPolicy),
    availabilityZone: orNull(Type.String({ minLength: 1, maxLength: 255 })),
    /** Our own: what all members run in. */
    runtime: orNull(Type.String({ minLength: 1, maxLength: 255 })),
    spec: Type.Object({
      containers: Type.Array(Member, { minItems: 1, maxItems: 64 }),
      initContainers: Type.Optional(Type.Array(Member, { maxItems: MAX_INIT_CONTAINERS })),
      volumes: orNull(Type.Array(Volume, { maxItems: 64 })),
      restartPolicy: Type.Optional(RestartPolicy),
    }),
  },
  STRICT,
);

export const CreateCapsule = Type.Object({ template: Template }, STRICT);
export const CapsuleParams = Type.Object({ capsule: Type.String() });
export const ListCapsules = Type.Object({ ...PageQuery }, STRICT);

export type CapsuleTemplate = Static<typeof Template>;
export type MemberTemplate = Static<typeof Member>;
export type RestartPolicyWord = Static<typeof RestartPolicy>;
export type ListCapsulesQuery = Static<typeof ListCapsules>;
