import { Type, type Static } from 'typebox';
import { IntegerText, orNull, STRICT } from './common.ts';

/** Zun's own: `cmd` is what clients say, `test` what views show. Seconds. */
export const Healthcheck = Type.Object(
  {
    cmd: orNull(Type.String({ maxLength: 4096 })),
    test: orNull(Type.String({ maxLength: 4096 })),
    interval: orNull(IntegerText),
    retries: orNull(IntegerText),
    timeout: orNull(IntegerText),
  },
  STRICT,
);

const Port = Type.Integer({ minimum: 1, maximum: 65_535 });
const Seconds = Type.Integer({ minimum: 1, maximum: 86_400 });
const Count = Type.Integer({ minimum: 1, maximum: 100 });

const Probe = {
  exec: Type.Optional(
    Type.Object(
      { command: Type.Array(Type.String({ maxLength: 4096 }), { minItems: 1, maxItems: 64 }) },
      STRICT,
    ),
  ),
  http: Type.Optional(
    Type.Object(
      {
        port: Port,
        path: Type.Optional(Type.String({ maxLength: 2048, pattern: '^/[!-~]*$' })),
        scheme: Type.Optional(Type.Union([Type.Literal('http'), Type.Literal('https')])),
      },
      STRICT,
    ),
  ),
  tcp: Type.Optional(Type.Object({ port: Port }, STRICT)),
  interval: Type.Optional(Seconds),
  timeout: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
  failure_threshold: Type.Optional(Count),
  success_threshold: Type.Optional(Count),
  initial_delay: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400 })),
};

const Action = Type.Union([Type.Literal('restart'), Type.Literal('kill'), Type.Literal('none')]);

/** Our own. */
export const Probes = Type.Object(
  {
    start: Type.Optional(Type.Object(Probe, STRICT)),
    ready: Type.Optional(Type.Object(Probe, STRICT)),
    live: Type.Optional(Type.Object({ ...Probe, action: Type.Optional(Action) }, STRICT)),
  },
  STRICT,
);

export type HealthcheckBody = Static<typeof Healthcheck>;
export type ProbesBody = Static<typeof Probes>;
export type ProbeBody = NonNullable<ProbesBody['live']>;
