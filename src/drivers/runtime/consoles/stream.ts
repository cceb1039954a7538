import { Duplex } from 'node:stream';

export interface ConsoleEnds {
  readonly output: AsyncIterable<Uint8Array>;
  /** Resolves when there is room for more; what can no longer be taken is passed over. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** No more input comes. */
  readonly end: () => void;
  /** Nobody listens any more. Called once, also after the end. */
  readonly hangUp: () => void;
}

/** Both directions of a console as one stream. */
export function consoleStream({ output, write, end, hangUp }: ConsoleEnds): Duplex {
  const chunks = output[Symbol.asyncIterator]();
  return new Duplex({
    allowHalfOpen: false, // the end of a process is the end of its input
    read() {
      chunks.next().then(
        ({ done, value }) => this.push(done ? null : value),
        (thrown: Error) => this.destroy(thrown),
      );
    },
    write(chunk: Buffer, _encoding, done) {
      write(chunk).then(() => done(), done);
    },
    final(done) {
      end();
      done();
    },
    destroy(error, done) {
      hangUp();
      done(error);
    },
  });
}
