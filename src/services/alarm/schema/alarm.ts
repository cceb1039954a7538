import { Type } from 'typebox';
import { ALARM_TYPES, SEVERITIES, STATES, THRESHOLD_TYPES } from '../model/alarm.ts';
import { AGGREGATIONS, OPERATORS } from '../model/rule.ts';

const oneOf = <T extends string>(values: readonly T[]) =>
  Type.Union(values.map((value) => Type.Literal(value)));
const Text = Type.String({ maxLength: 255 });
const orNull = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

/** The client writes whole numbers as text, too. */
const Seconds = Type.Union([
  Type.Integer({ minimum: 1, maximum: 604_800 }),
  Type.String({ pattern: '^[1-9][0-9]{0,5}$' }),
]);
const Metric = Type.String({ minLength: 1, maxLength: 255 });

const BOUND = {
  threshold: Type.Number(),
  aggregation_method: oneOf(AGGREGATIONS),
  comparison_operator: Type.Optional(oneOf(OPERATORS)),
  evaluation_periods: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  granularity: Type.Optional(Seconds),
};
const ThresholdRules = {
  gnocchi_resources_threshold: Type.Object({
    ...BOUND,
    metric: Metric,
    resource_type: Text,
    resource_id: Text,
  }),
  gnocchi_aggregation_by_metrics_threshold: Type.Object({
    ...BOUND,
    metrics: Type.Array(Metric, { minItems: 1, maxItems: 100 }),
  }),
  gnocchi_aggregation_by_resources_threshold: Type.Object({
    ...BOUND,
    metric: Metric,
    resource_type: Text,
    query: Type.String({ minLength: 2, maxLength: 4096 }),
  }),
};

/** A leaf of a composite rule, told by its type. */
export const LeafRules = ThresholdRules;

export const EventRuleBody = Type.Object({
  event_type: Type.Optional(Text),
  query: Type.Optional(
    Type.Array(
      Type.Object({
        field: Text,
        op: Type.Optional(oneOf(OPERATORS)),
        value: Text,
        type: Type.Optional(
          Type.Union([oneOf(['', 'string', 'integer', 'float', 'boolean', 'datetime']), Type.Null()]),
        ),
      }),
      { maxItems: 20 },
    ),
  ),
});

const Actions = orNull(Type.Array(Type.String({ minLength: 1, maxLength: 2048 }), { maxItems: 20 }));

/** Both a new alarm and one as it shall be: clients send all that they were shown. */
export const AlarmBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 255 }),
  type: oneOf(ALARM_TYPES),
  description: orNull(Type.String({ maxLength: 1024 })),
  enabled: Type.Optional(Type.Boolean()),
  severity: Type.Optional(oneOf(SEVERITIES)),
  state: Type.Optional(oneOf(STATES)),
  repeat_actions: Type.Optional(Type.Boolean()),
  project_id: orNull(Text),
  user_id: orNull(Text),
  alarm_actions: Actions,
  ok_actions: Actions,
  insufficient_data_actions: Actions,
  time_constraints: orNull(
    Type.Array(
      Type.Object({
        name: Text,
        description: orNull(Text),
        start: Type.String({ maxLength: 255 }),
        duration: Type.Union([
          Type.Integer({ minimum: 0, maximum: 604_800 }),
          Type.String({ pattern: '^[0-9]{1,6}$' }),
        ]),
        timezone: orNull(Text),
      }),
      { maxItems: 20 },
    ),
  ),
  ...Object.fromEntries(
    THRESHOLD_TYPES.map((type) => [`${type}_rule`, Type.Optional(Type.Unknown())] as const),
  ),
  event_rule: Type.Optional(Type.Unknown()),
  composite_rule: Type.Optional(Type.Unknown()),
});

export const AlarmParams = Type.Object({ alarm_id: Type.String() });
export const State = oneOf(STATES);

const Many = Type.Optional(
  Type.Union([
    Type.String({ maxLength: 255 }),
    Type.Array(Type.String({ maxLength: 255 }), { maxItems: 20 }),
  ]),
);
/** `q.field=…&q.op=…&q.value=…`, as often as wanted. */
export const ListQuery = Type.Object({
  'q.field': Many,
  'q.op': Many,
  'q.value': Many,
  'q.type': Many,
  sort: Many,
  marker: Type.Optional(Type.String({ maxLength: 255 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })),
});

/** `filter` and `orderby` are JSON as text. */
export const SearchBody = Type.Object({
  filter: orNull(Type.String({ maxLength: 4096 })),
  orderby: orNull(Type.String({ maxLength: 1024 })),
  limit: orNull(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })),
});

export const QuotaQuery = Type.Object({ project_id: Type.Optional(Text) });
export const QuotaParams = Type.Object({ project_id: Text });
export const QuotaBody = Type.Object({
  project_id: Text,
  quotas: Type.Array(
    Type.Object({
      resource: Type.Literal('alarms'),
      limit: Type.Integer({ minimum: -1, maximum: 2_147_483_647 }),
    }),
    { maxItems: 1 },
  ),
});
