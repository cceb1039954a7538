import type { Static } from 'typebox';
import { badRequest } from '#kernel/errors.ts';
import type { AlarmDraft, TimeConstraint } from '../model/alarm.ts';
import { offsetOf, parseCron } from '../model/cron.ts';
import type { AlarmBody } from './alarm.ts';
import { readRule } from './read-rule.ts';

type Body = Static<typeof AlarmBody>;
const SCHEMES = ['log:', 'http:', 'https:', 'trust+http:', 'trust+https:'];
const LOG = /^log:\/\//;

/** What a client says of an alarm, with upstream's defaults. @throws CloudError `bad-request` */
export function readAlarm(body: Body, now: Date): AlarmDraft {
  return {
    ...readRule(body.type, body),
    name: body.name,
    description: body.description ?? `Alarm of type ${String(body.type)}`,
    enabled: body.enabled ?? true,
    severity: body.severity ?? 'low',
    repeatActions: body.repeat_actions ?? false,
    actions: {
      ok: actions(body.ok_actions),
      alarm: actions(body.alarm_actions),
      'insufficient data': actions(body.insufficient_data_actions),
    },
    timeConstraints: (body.time_constraints ?? []).map((one) => constraint(one, now)),
  };
}

function actions(urls: readonly string[] | null | undefined): readonly string[] {
  for (const url of urls ?? []) {
    const known = LOG.test(url) || (URL.canParse(url) && SCHEMES.includes(new URL(url).protocol));
    if (!known) throw badRequest(`Unsupported action ${url}`);
  }
  return [...new Set(urls)];
}

function constraint(said: NonNullable<Body['time_constraints']>[number], now: Date): TimeConstraint {
  parseCron(said.start);
  const timezone = said.timezone ?? '';
  offsetOf(timezone, now);
  const { name, description, start, duration } = said;
  return { name, description: description ?? '', start, duration: Number(duration), timezone };
}
