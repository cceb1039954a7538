"""Runs the unmodified `openstack` of Debian once for each request, in a fork of a process that has it loaded: a start costs
more than most commands. Usage: client.py FOLDER, with the FIFOs `request` and `reply` in it. A request is a file of NUL-ended
words: the environment's NAME=VALUE, then `openstack` and its arguments. The reply is the exit code; what was printed is in
`out` and `err`."""
import importlib
import os
import sys

from openstackclient import shell

LOADED_BY_COMMANDS = (
    'openstack.connection',
    'openstackclient.common.clientmanager',
    'keystoneclient.v3.client',
    'glanceclient.v2.client',
    'cinderclient.v3.client',
    'barbicanclient.client',
    'zunclient.v1.client',
    'aodhclient.v2.client',
)
for name in LOADED_BY_COMMANDS:
    try:
        importlib.import_module(name)
    except ImportError:  # not every script needs every client
        pass

folder = sys.argv[1]


def run(words):
    at = words.index('openstack')
    os.environ.clear()
    os.environ.update(word.split('=', 1) for word in words[:at])
    for name, descriptor in (('out', 1), ('err', 2)):
        os.dup2(os.open(f'{folder}/{name}', os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    sys.argv = words[at:]
    try:
        code = shell.main(words[at + 1 :])
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


while True:
    with open(f'{folder}/request') as request:
        words = request.read().split('\0')[:-1]
    child = os.fork()
    if child == 0:
        run(words)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with open(f'{folder}/reply', 'w') as reply:
        reply.write(f'{code}\n')
