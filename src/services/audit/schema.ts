import { Type, type Static } from 'typebox';

const TIME = Type.String({ format: 'date-time' });
const OUTCOMES = ['success', 'accepted', 'denied', 'failure'] as const;
const MAX_PAGE = 1000;

export const ListRecords = Type.Object(
  {
    all_projects: Type.Optional(Type.Boolean({ description: 'For administrators.' })),
    project_id: Type.Optional(Type.String()),
    user_id: Type.Optional(Type.String()),
    service: Type.Optional(Type.String()),
    action: Type.Optional(Type.String()),
    outcome: Type.Optional(Type.Union(OUTCOMES.map((outcome) => Type.Literal(outcome)))),
    request_id: Type.Optional(Type.String()),
    target: Type.Optional(Type.String({ description: 'Part of the path of what was changed.' })),
    since: Type.Optional(TIME),
    until: Type.Optional(TIME),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE, default: 100 })),
    marker: Type.Optional(Type.String({ description: 'Id of the last record seen; older ones follow.' })),
  },
  { additionalProperties: false },
);

export type RecordQuery = Static<typeof ListRecords>;

export const AuditRecords = Type.Object({
  records: Type.Array(
    Type.Object({
      id: Type.String(),
      time: TIME,
      request_id: Type.String(),
      service: Type.String(),
      action: Type.String({ description: 'Name of the call, or of the task that carried it out.' }),
      outcome: Type.Union(OUTCOMES.map((outcome) => Type.Literal(outcome))),
      reason: Type.String({ description: 'Code of the failure.' }),
      user: Type.Object({ id: Type.String(), name: Type.String(), domain_id: Type.String() }),
      project_id: Type.Union([Type.String(), Type.Null()]),
      target: Type.String(),
      source: Type.String({ description: 'Address that the request came from.' }),
    }),
  ),
  next: Type.Union([Type.String(), Type.Null()], { description: 'The marker of the next page.' }),
});
