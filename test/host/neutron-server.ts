import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, start } from '#kernel/exec.ts';
import { systemClock } from '#kernel/clock.ts';
import { Neutron } from '#src/openstack/neutron.ts';
import { OpenStackSession } from '#src/openstack/session.ts';
import { FakeNeutron } from '#test/support/fake-neutron.ts';
import { freePort } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';

/** Neutron's migrations cannot alter SQLite's tables; its models can make them. */
const SCHEMA = `import sys, sqlalchemy
from neutron.db.migration.models import head
head.get_metadata().create_all(sqlalchemy.create_engine(sys.argv[1]))`;

const configText = (root: string, port: number): string => `[DEFAULT]
core_plugin = ml2
service_plugins = router
bind_host = 127.0.0.1
bind_port = ${port}
auth_strategy = noauth
transport_url = fake://
api_workers = 1
rpc_workers = 0
rpc_state_report_workers = 0
state_path = ${root}
notify_nova_on_port_status_changes = false
notify_nova_on_port_data_changes = false
dns_domain = openstacklocal.
[database]
connection = sqlite:///${root}/neutron.db
[oslo_concurrency]
lock_path = ${root}/lock
[ml2]
type_drivers = flat,vxlan
tenant_network_types = vxlan
mechanism_drivers = openvswitch
extension_drivers = port_security,dns
[ml2_type_vxlan]
vni_ranges = 1:1000
`;

/** Debian's neutron-server on SQLite, with no agent and no message bus, where everybody is the administrator. */
export class NeutronServer implements AsyncDisposable {
  readonly url: string;
  readonly neutron: Neutron;
  readonly #root: string;
  readonly #daemon: ChildProcess;
  readonly #keystone: FakeNeutron;

  private constructor(root: string, url: string, parts: { daemon: ChildProcess; keystone: FakeNeutron }) {
    this.#root = root;
    this.url = url;
    this.#daemon = parts.daemon;
    this.#keystone = parts.keystone;
    const access = { ...parts.keystone.access, endpoints: { network: url } };
    this.neutron = new Neutron(new OpenStackSession({ access, clock: systemClock }));
  }

  static async start(): Promise<NeutronServer> {
    const root = await mkdtemp(join(tmpdir(), 'neutron-'));
    const port = await freePort('127.0.0.1');
    const config = join(root, 'neutron.conf');
    await mkdir(join(root, 'lock'));
    await writeFile(config, configText(root, port));
    const database = `sqlite:///${join(root, 'neutron.db')}`;
    await exec('/usr/bin/python3', ['-c', SCHEMA, database], { timeout: 120_000 });
    const log = await open(join(root, 'log'), 'w');
    const stdio = ['ignore' as const, log.fd, log.fd];
    const daemon = start('/usr/bin/neutron-server', ['--config-file', config], { stdio });
    await once(daemon, 'spawn');
    await log.close();
    const url = `http://127.0.0.1:${port}`;
    const server = new NeutronServer(root, url, { daemon, keystone: await FakeNeutron.start() });
    try {
      await until('Neutron answers', async () => (await fetch(url)).ok, { everyMs: 200, limitMs: 60_000 });
    } catch (cause) {
      const said = (await readFile(join(root, 'log'), 'utf8')).slice(-2_000);
      await server[Symbol.asyncDispose]();
      throw new Error(`Neutron does not start:\n${said}`, { cause });
    }
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#daemon.exitCode === null && this.#daemon.kill('SIGTERM')) await once(this.#daemon, 'exit');
    await this.#keystone[Symbol.asyncDispose]();
    await rm(this.#root, { recursive: true, force: true });
  }
}
