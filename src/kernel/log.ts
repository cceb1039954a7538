import { pino, type Logger } from 'pino';

export type { Logger };

const SECRET_PATHS = [
  'password',
  'secret',
  'token',
  '*.password',
  '*.secret',
  '*.token',
  'headers["x-auth-token"]',
];

/** What every log of ours has in common. */
export const LOG_OPTIONS = { redact: { paths: SECRET_PATHS, censor: '[redacted]' } } as const;

/** JSON lines on standard error: a constant message plus fields. error = someone must act, warn = we coped, info = state changes. */
export const createLogger = (name: string, level: string): Logger =>
  pino({ ...LOG_OPTIONS, name, level, base: { name } }, pino.destination({ fd: 2, sync: true }));

export const silentLogger: Logger = pino({ level: 'silent' });
