/**
 * The operand of a frame, by its type. Ciao numbered operands by their place in a list and moved them each time it
 * removed one, without a new version number: so each generation has a table of its own. Hydria speaks `head`.
 */
export const head = {
  command: {
    CONNECT: 0,
    START: 1,
    STATS: 2,
    EVACUATE: 3,
    DELETE: 4,
    AssignPublicIP: 5,
    ReleasePublicIP: 6,
    CONFIGURE: 7,
    AttachVolume: 8,
    Restore: 9,
    RefreshCNCI: 10,
  },
  status: { CONNECTED: 0, READY: 1, FULL: 2, OFFLINE: 3, MAINTENANCE: 4 },
  error: {
    InvalidFrameType: 0,
    StartFailure: 1,
    ConnectionFailure: 2,
    DeleteFailure: 3,
    ConnectionAborted: 4,
    InvalidConfiguration: 5,
    AttachVolumeFailure: 6,
    AssignPublicIPFailure: 7,
    UnassignPublicIPFailure: 8,
  },
  event: {
    TenantAdded: 0,
    TenantRemoved: 1,
    InstanceDeleted: 2,
    ConcentratorInstanceAdded: 3,
    PublicIPAssigned: 4,
    PublicIPUnassigned: 5,
    TraceReport: 6,
    NodeConnected: 7,
    NodeDisconnected: 8,
    InstanceStopped: 9,
  },
} as const satisfies OperandTable;

const EVENTS_2016 = {
  TenantAdded: 0,
  TenantRemoved: 1,
  InstanceDeleted: 2,
  ConcentratorInstanceAdded: 3,
  PublicIPAssigned: 4,
  TraceReport: 5,
  NodeConnected: 6,
  NodeDisconnected: 7,
} as const;

const COMMANDS_2016 = {
  CONNECT: 0,
  START: 1,
  STOP: 2,
  STATS: 3,
  EVACUATE: 4,
  DELETE: 5,
  RESTART: 6,
  AssignPublicIP: 7,
  ReleasePublicIP: 8,
  CONFIGURE: 9,
  AttachVolume: 10,
  DetachVolume: 11,
} as const;

/** The code of 2016. */
export const code2016 = {
  command: COMMANDS_2016,
  status: head.status,
  error: {
    InvalidFrameType: 0,
    StartFailure: 1,
    StopFailure: 2,
    ConnectionFailure: 3,
    RestartFailure: 4,
    DeleteFailure: 5,
    ConnectionAborted: 6,
    InvalidConfiguration: 7,
    AttachVolumeFailure: 8,
    DetachVolumeFailure: 9,
  },
  event: EVENTS_2016,
} as const satisfies OperandTable;

/** The tables of Ciao's README, which no code ever followed in its errors. */
export const readme = {
  command: COMMANDS_2016,
  status: head.status,
  error: {
    InvalidFrameType: 0,
    StartFailure: 1,
    StopFailure: 2,
    ConnectionFailure: 3,
    DeleteFailure: 4,
    RestartFailure: 5,
    ConnectionAborted: 6,
    InvalidConfiguration: 7,
  },
  event: EVENTS_2016,
} as const satisfies OperandTable;

/** Names of the frames that Hydria sends and understands. */
export const { command: Command, status: Status, error: ErrorOperand, event: Event } = head;

/**
 * Commands of Hydria's extension, far above those of Ciao (an operand is one byte). They pass only between peers that
 * agreed on it: the server offers it in the payload of CONNECTED, the client answers with HELLO.
 */
export const Extension = {
  HELLO: 0xe0,
  REQUEST: 0xe1,
  OPEN: 0xe2,
  ANSWER: 0xe3,
  FAILURE: 0xe4,
  CANCEL: 0xe5,
  CHUNK: 0xe6,
  CREDIT: 0xe7,
  END: 0xe8,
  PING: 0xe9,
} as const;

export const EXTENSION_VERSION = 1;

type OperandTable = Readonly<
  Record<'command' | 'status' | 'error' | 'event', Readonly<Record<string, number>>>
>;

/** The name of a frame in a generation, for logs: `START`, or `command 99`. */
export function frameName(type: number, operand: number, generation: OperandTable = head): string {
  const kind = (['command', 'status', 'error', 'event'] as const)[type];
  if (!kind) return `type ${type}`;
  const entry = Object.entries(generation[kind]).find(([, number]) => number === operand);
  return entry?.[0] ?? `${kind} ${operand}`;
}
