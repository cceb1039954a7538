import { exec } from '#kernel/exec.ts';
import { buildArchive, type BuildFile } from './build.ts';

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** @param busyboxPath a static busybox of this machine's architecture, such as Debian's `busybox-static` */
export async function buildBusybox(out: string, busyboxPath: string): Promise<void> {
  const files = await busyboxFiles(busyboxPath);
  await buildArchive(out, { tag: 'busybox:latest', config: { Cmd: ['sh'], Env: [PATH] }, files });
}

/** A tiny web server on port 80 that greets with the container's host name. */
export async function buildHello(out: string, busyboxPath: string): Promise<void> {
  await buildArchive(out, {
    tag: 'hello:latest',
    config: {
      Cmd: ['/usr/bin/hello'],
      Env: [PATH],
      ExposedPorts: { '80/tcp': {} },
      StopSignal: 'SIGTERM',
    },
    files: [
      ...(await busyboxFiles(busyboxPath)),
      { path: 'usr/bin/hello', mode: 0o755, content: HELLO },
      { path: 'srv/www/cgi-bin/index.cgi', mode: 0o755, content: PAGE },
    ],
  });
}

// The kernel gives process 1 no default signal handling, so the server is its child. Requests are logged (-vv).
const HELLO = `#!/bin/sh
trap 'exit 0' TERM INT
echo "Hello from Hydria: $(hostname) listens on port 80"
httpd -f -vv -p 80 -h /srv/www &
wait $!
`;

// httpd runs it where a directory has no index page, and passes its header on as it is: strict clients want its CRs.
const PAGE = `#!/bin/sh
printf 'Content-Type: text/html; charset=utf-8\\r\\n\\r\\n'
cat <<END
<!doctype html>
<title>Hydria</title>
<h1>Hello from Hydria</h1>
<p>I am the container <b>$(hostname)</b>.</p>
END
`;

/** Busybox with a link for every applet, and the few files that programs expect in a root file system. */
async function busyboxFiles(busyboxPath: string): Promise<BuildFile[]> {
  const { stdout } = await exec(busyboxPath, ['--list']);
  const applets = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox');
  return [
    { path: 'bin/busybox', mode: 0o755, sourceFile: busyboxPath },
    ...applets.map((name) => ({ path: `bin/${name}`, linkTo: 'busybox' })),
    {
      path: 'etc/passwd',
      content: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
    },
    { path: 'etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
    { path: 'etc/nsswitch.conf', content: 'hosts: files dns\n' },
    ...['dev', 'proc', 'sys', 'run', 'var/log', 'usr/bin'].map((path) => ({ path })),
    { path: 'root', mode: 0o700 },
    { path: 'tmp', mode: 0o1777 },
  ];
}
