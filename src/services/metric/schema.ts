import { Type } from 'typebox';

const Text = Type.String({ maxLength: 255 });
/** Seconds since 1970, or ISO-8601. */
const Moment = Type.String({ maxLength: 40 });

export const TypeParams = Type.Object({ type: Text });
export const ResourceParams = Type.Object({ type: Text, id: Text });
export const NamedParams = Type.Object({ type: Text, id: Text, name: Text });
export const MetricParams = Type.Object({ metric_id: Text });

export const PageQuery = Type.Object({
  limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,3}$' })),
  marker: Type.Optional(Text),
  sort: Type.Optional(Text),
  details: Type.Optional(Text),
  history: Type.Optional(Text),
});

/** Names with commas between. */
export const CurrentQuery = Type.Object({
  metric: Type.String({ minLength: 1, maxLength: 1000, pattern: '^[a-z._]+(,[a-z._]+)*$' }),
});

export const SearchBody = Type.Record(Type.String({ maxLength: 20 }), Type.Unknown(), { maxProperties: 1 });

export const MeasuresQuery = Type.Object({
  start: Type.Optional(Moment),
  stop: Type.Optional(Moment),
  granularity: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,6}(\\.0+)?$' })),
  aggregation: Type.Optional(Text),
  refresh: Type.Optional(Text),
});
