/** A verb of `hydria`. */
export interface Verb {
  /** One line of help; none for what only Hydria itself calls. */
  readonly help?: string;
  /** @returns the exit code. */
  readonly run: (args: readonly string[]) => Promise<number>;
}

/** What users do with containers, of any cloud. Each loads its own file alone, so that it starts at once. */
export const CONTAINER_VERBS: Readonly<Record<string, Verb>> = {
  ps: {
    help: 'list containers                                                  [-a] [-q] [--json]',
    run: async (args) => (await import('./ps.ts')).ps(args),
  },
  run: {
    help: 'create and start a container                     [-it] [-d] [--net N] … IMAGE [COMMAND…]',
    run: async (args) => (await import('./run.ts')).run(args),
  },
  exec: {
    help: 'run a command in a container                                     [-it] CONTAINER COMMAND…',
    run: async (args) => (await import('./exec.ts')).exec(args),
  },
  attach: {
    help: 'talk with a container; ctrl-p ctrl-q leaves it                   CONTAINER',
    run: async (args) => (await import('./attach.ts')).attach(args),
  },
  logs: {
    help: 'print what a container wrote                     [-f] [-n N] [--since T] [--grep X] CONTAINER',
    run: async (args) => (await import('./logs.ts')).logs(args),
  },
  ...Object.fromEntries(
    (
      [
        ['start', 'start containers                                                 CONTAINER…'],
        ['stop', 'stop containers                                                  [-t SECONDS] CONTAINER…'],
        [
          'restart',
          'restart containers                                               [-t SECONDS] CONTAINER…',
        ],
        ['pause', 'freeze containers                                                CONTAINER…'],
        ['unpause', 'let containers go on                                             CONTAINER…'],
        ['kill', 'send a signal to containers                                      [-s SIGNAL] CONTAINER…'],
      ] as const
    ).map(([name, help]): [string, Verb] => [
      name,
      { help, run: async (args) => (await import('./power.ts'))[name](args) },
    ]),
  ),
  rm: {
    help: 'remove containers                                                [-f] CONTAINER…',
    run: async (args) => (await import('./rm.ts')).rm(args),
  },
  inspect: {
    help: 'show all about containers, as JSON                               CONTAINER…',
    run: async (args) => (await import('./inspect.ts')).inspect(args),
  },
  top: {
    help: 'list the processes of a container                                CONTAINER [PS-OPTIONS…]',
    run: async (args) => (await import('./top.ts')).top(args),
  },
  stats: {
    help: 'say what containers use                                          [--no-stream] [CONTAINER…]',
    run: async (args) => (await import('./stats.ts')).stats(args),
  },
  cp: {
    help: 'copy files in and out of a container                             CONTAINER:PATH DST | SRC CONTAINER:PATH',
    run: async (args) => (await import('./cp.ts')).cp(args),
  },
  commit: {
    help: 'make an image of a container                                     CONTAINER NAME[:TAG]',
    run: async (args) => (await import('./commit.ts')).commit(args),
  },
  images: {
    help: 'list images                                                      [-q] [--json]',
    run: async (args) => (await import('./images.ts')).images(args),
  },
  events: {
    help: 'follow what happens                                              [--after NUMBER] [--json]',
    run: async (args) => (await import('./events.ts')).events(args),
  },
  compose: {
    help: 'run what a Compose file describes                                up | down | ps | logs | config  [-f FILE]',
    run: async (args) => (await import('../compose.ts')).compose(args),
  },
};
