import { textOf, type JsonMap } from '../../template/json.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { ownName, type Collection } from '../rest/collection.ts';
import { wired, type Fields } from '../rest/field.ts';
import { between, flag, list, listOf, LIVE, mapOf, NEEDED, number, oneOf, text } from '../rest/fields.ts';
import { restType } from '../rest/rest-type.ts';

const ALARMS: Collection = {
  service: 'alarming',
  path: '/v2/alarms',
  list: '',
  member: null,
  change: 'PUT',
  id: 'alarm_id',
};

const OPERATORS = ['le', 'ge', 'eq', 'lt', 'gt', 'ne'];
const ACTIONS = (state: string) =>
  list(`Addresses that are told when the state becomes ${state}.`, { ...LIVE });

const COMMON: Fields = {
  description: text('What it is for.', LIVE),
  enabled: flag('Whether it is evaluated.', { default: true, ...LIVE }),
  alarm_actions: ACTIONS('alarm'),
  ok_actions: ACTIONS('ok'),
  insufficient_data_actions: ACTIONS('insufficient data'),
  repeat_actions: flag('Whether the actions are done again while the state lasts.', {
    default: true,
    ...LIVE,
  }),
  severity: oneOf(['low', 'moderate', 'critical'], 'How bad it is.', { default: 'low', ...LIVE }),
  time_constraints: listOf(
    mapOf({
      name: text('Its name.', NEEDED),
      start: text('When it begins, as cron has it.', {
        ...NEEDED,
        constraints: [{ custom_constraint: 'cron_expression' }],
      }),
      description: text('What it is for.'),
      duration: between(0, undefined, 'How many seconds it lasts.', NEEDED),
      timezone: text('Where.', { constraints: [{ custom_constraint: 'timezone' }] }),
    }),
    'The only times at which it is evaluated.',
    { default: [], ...LIVE },
  ),
};

const BOUND: Fields = {
  comparison_operator: oneOf(OPERATORS, 'How measures are compared with the threshold.', LIVE),
  evaluation_periods: between(1, undefined, 'How many measures in a row have to be beyond it.', LIVE),
  aggregation_method: text('How measures are put together.', { ...NEEDED, ...LIVE }),
  granularity: between(1, undefined, 'The seconds of one measure.', LIVE),
  threshold: number('The bound.', { ...NEEDED, ...LIVE }),
};
const METRIC = text('The name of the metric.', { ...NEEDED, ...LIVE });

/** A kind of alarm: properties that all have, and those of its rule. */
const alarm = (
  name: string,
  type: string,
  fields: Fields,
  ruleOf: (said: JsonMap) => JsonMap = (said) => said,
): ResourceType =>
  restType({
    name: `OS::Aodh::${name}`,
    description: 'Watches, and acts.',
    collection: ALARMS,
    mark: 'name',
    fields: { ...COMMON, ...fields },
    // The API takes an alarm as a whole, also to change it.
    async shape(_, run: ResourceRun) {
      const said = await wired(COMMON, pick(run.properties, COMMON), run.cloud);
      const rule = await wired(fields, pick(run.properties, fields), run.cloud);
      const own = ownName(run.resource.physicalName, ALARMS);
      return { ...said, name: own, type, [`${type}_rule`]: ruleOf(rule) };
    },
  });

const pick = (properties: JsonMap, fields: Fields): JsonMap =>
  Object.fromEntries(
    Object.entries(properties).filter(([name, value]) => Object.hasOwn(fields, name) && value !== null),
  );

const gnocchiResources = alarm('GnocchiResourcesAlarm', 'gnocchi_resources_threshold', {
  ...BOUND,
  metric: METRIC,
  resource_id: text('The resource.', { ...NEEDED, ...LIVE }),
  resource_type: text('What it is.', { ...NEEDED, ...LIVE }),
});

const byMetrics = alarm('GnocchiAggregationByMetricsAlarm', 'gnocchi_aggregation_by_metrics_threshold', {
  ...BOUND,
  metrics: list('The ids of the series.', { ...NEEDED, ...LIVE }),
});

const byResources = alarm(
  'GnocchiAggregationByResourcesAlarm',
  'gnocchi_aggregation_by_resources_threshold',
  {
    ...BOUND,
    metric: METRIC,
    resource_type: text('What the resources are.', { ...NEEDED, ...LIVE }),
    query: text('Which resources, as JSON.', { ...NEEDED, ...LIVE }),
  },
);

const event = alarm('EventAlarm', 'event', {
  event_type: text('What happens, with * for anything.', { default: '*', ...LIVE }),
  query: listOf(
    mapOf({
      field: text('Of the event.'),
      type: oneOf(['integer', 'float', 'string', 'boolean', 'datetime'], 'What the value is.', {
        default: 'string',
      }),
      op: oneOf(OPERATORS, 'How they are compared.', { default: 'eq' }),
      value: text('The value.', NEEDED),
    }),
    'What of the event has to hold.',
    LIVE,
  ),
});

const composite = alarm(
  'CompositeAlarm',
  'composite',
  {
    composite_rule: mapOf(
      {
        operator: oneOf(['or', 'and'], 'How the rules are put together.', NEEDED),
        rules: list('Two rules or more, each with its type, or put together in turn.', {
          ...NEEDED,
          constraints: [{ length: { min: 2 } }],
        }),
      },
      'What has to hold.',
      { ...NEEDED, ...LIVE },
    ),
  },
  ({ composite_rule: said }) => {
    const { operator, rules } = said as JsonMap;
    return { [textOf(operator ?? 'or')]: rules ?? [] };
  },
);

export const aodhTypes: readonly ResourceType[] = [
  gnocchiResources,
  byMetrics,
  byResources,
  event,
  composite,
];
