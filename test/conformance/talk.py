"""Talks with a program at a terminal of its own: talk.py PROGRAM ARGUMENT… -- EXPECTED SAID EXPECTED SAID … EXPECTED

Waits for each EXPECTED in what the program writes before it types what comes next, and hangs up after the last. The
client throws away what is typed before its terminal is raw, and does not say when it is: so what nobody answers is typed again."""

import os
import pty
import select
import signal
import sys
import time

TIMEOUT = 40
PATIENCE = 3


def main(words):
    cut = len(words) - words[::-1].index('--') - 1
    command, steps = words[:cut], words[cut + 1 :]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    heard = ''
    said = b''
    for number, step in enumerate(steps):
        if number % 2:
            said = step.replace('\\n', '\n').encode()
            os.write(terminal, said)
        else:
            heard = wait_for(terminal, step, (heard, said))
    os.close(terminal)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def wait_for(terminal, expected, before):
    """Returns what comes after it."""
    heard, typed = before
    end = time.monotonic() + TIMEOUT
    while expected not in heard:
        if time.monotonic() > end:
            sys.exit(f'no {expected!r} in {heard!r}')
        ready, _, _ = select.select([terminal], [], [], PATIENCE)
        if not ready:
            os.write(terminal, typed)
            continue
        try:
            said = os.read(terminal, 4096).decode(errors='replace')
        except OSError:
            said = ''
        if not said:
            sys.exit(f'it ended without {expected!r}: {heard!r}')
        sys.stdout.write(said)
        heard += said
    return heard[heard.index(expected) + len(expected) :]


main(sys.argv[1:])
