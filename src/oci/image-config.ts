import { Type, type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { refusal } from './refusal.ts';

/** How to run an image, after the OCI image specification's `config`. Empty values mean that the image says nothing. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: string;
  /** `80/tcp` */
  readonly exposedPorts: readonly string[];
  /** Absolute paths. */
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** As the image names it, such as `SIGTERM`; '' = the runtime's default. */
  readonly stopSignal: string;
  readonly healthcheck: Healthcheck | null;
}

export interface Healthcheck {
  /** `['CMD', …]`, `['CMD-SHELL', text]` or `['NONE']`. */
  readonly test: readonly string[];
  /** Seconds; 0 = the default of whoever runs it. */
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly retries: number;
}

/** The image's JSON document, of which `config` is a part. */
export interface ImageDocument {
  readonly config: ImageConfig;
  readonly os: string;
  readonly architecture: string;
  /** Digests of the layers as tar files, lowest first. */
  readonly diffIds: readonly string[];
}

// Docker writes null where others leave a key out.
const maybe = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));
const Strings = Type.Array(Type.String());
const Texts = Type.Record(Type.String(), Type.String());
const Names = Type.Record(Type.String(), Type.Unknown());

const Document = Type.Object({
  os: maybe(Type.String()),
  architecture: maybe(Type.String()),
  rootfs: Type.Object({ diff_ids: Type.Array(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' })) }),
  config: maybe(
    Type.Object({
      Entrypoint: maybe(Strings),
      Cmd: maybe(Strings),
      Env: maybe(Strings),
      WorkingDir: maybe(Type.String()),
      User: maybe(Type.String()),
      ExposedPorts: maybe(Names),
      Volumes: maybe(Names),
      Labels: maybe(Texts),
      StopSignal: maybe(Type.String()),
      Healthcheck: maybe(
        Type.Object({
          Test: maybe(Strings),
          Interval: maybe(Type.Number()),
          Timeout: maybe(Type.Number()),
          StartPeriod: maybe(Type.Number()),
          Retries: maybe(Type.Number()),
        }),
      ),
    }),
  ),
});
type Config = NonNullable<Static<typeof Document>['config']>;
const document = Compile(Document);

/** @throws CloudError `bad-request` that names the field which is not as the specification has it. */
export function parseImageDocument(json: unknown): ImageDocument {
  if (!document.Check(json)) {
    const [error] = document.Errors(json);
    throw refusal(`its configuration is invalid at ${error?.instancePath || '/'} (${error?.message})`);
  }
  return {
    config: toConfig(json.config ?? {}),
    os: json.os ?? '',
    architecture: json.architecture ?? '',
    diffIds: json.rootfs.diff_ids,
  };
}

const toConfig = (config: Config): ImageConfig => ({
  entrypoint: config.Entrypoint ?? [],
  cmd: config.Cmd ?? [],
  env: Object.fromEntries((config.Env ?? []).map(toVariable)),
  workdir: config.WorkingDir ?? '',
  user: config.User ?? '',
  exposedPorts: Object.keys(config.ExposedPorts ?? {}),
  volumes: Object.keys(config.Volumes ?? {}),
  labels: config.Labels ?? {},
  stopSignal: config.StopSignal ?? '',
  healthcheck: config.Healthcheck ? toHealthcheck(config.Healthcheck) : null,
});

function toVariable(text: string): [name: string, value: string] {
  const [name = '', ...value] = text.split('=');
  return [name, value.join('=')];
}

const NANOSECONDS = 1e9;

const toHealthcheck = (check: NonNullable<Config['Healthcheck']>): Healthcheck => ({
  test: check.Test ?? [],
  interval: (check.Interval ?? 0) / NANOSECONDS,
  timeout: (check.Timeout ?? 0) / NANOSECONDS,
  startPeriod: (check.StartPeriod ?? 0) / NANOSECONDS,
  retries: check.Retries ?? 0,
});
