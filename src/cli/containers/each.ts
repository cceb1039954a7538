import { messageOf } from '#kernel/errors.ts';
import { print, terminal } from '../output.ts';

/** Does it to one after the other and says which were done; what fails does not keep the others. @returns the exit code. */
export async function each(refs: readonly string[], act: (ref: string) => Promise<unknown>): Promise<number> {
  let code = 0;
  for (const ref of refs) {
    try {
      await act(ref);
      print(terminal, ref);
    } catch (thrown) {
      terminal.err.write(`hydria: ${messageOf(thrown)}\n`);
      code = 1;
    }
  }
  return code;
}
