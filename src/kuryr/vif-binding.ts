import { CloudError } from '#kernel/errors.ts';
import { exec, ExecError } from '#kernel/exec.ts';
import type { NeutronPort } from '#src/openstack/neutron.ts';
import type { Bindable, Binding } from './binding.ts';
import { containerDevice, hostDevice } from './names.ts';

/**
 * Lays the cable that another OpenStack's Neutron decided on by `binding:vif_type`; its agent does the rest: filters,
 * tunnels, and making the port ACTIVE.
 */
export class VifBinding implements Binding {
  readonly host: string;

  constructor(host: string) {
    this.host = host;
  }

  async bind({ port, mtu }: Bindable): Promise<void> {
    const plug = plugOf(port);
    await this.unbind(port); // what an earlier try left
    const [near, far] = [hostDevice(port.id), containerDevice(port.id)];
    const ends = ['mtu', String(mtu), 'type', 'veth', 'peer', 'name', far, 'mtu', String(mtu)];
    await exec('ip', ['link', 'add', near, ...ends]);
    try {
      await exec('ip', ['link', 'set', far, 'address', port.mac_address]);
      await plug(port, near);
      await exec('ip', ['link', 'set', near, 'up']);
    } catch (thrown) {
      await this.unbind(port);
      throw thrown;
    }
  }

  async unbind(port: NeutronPort): Promise<void> {
    const near = hostDevice(port.id);
    if (port['binding:vif_type'] === 'ovs')
      await exec('ovs-vsctl', ['--if-exists', 'del-port', INTEGRATION_BRIDGE, near]);
    await exec('ip', ['link', 'delete', near]).catch(unlessGone);
  }
}

type Plug = (port: NeutronPort, device: string) => Promise<void>;

const INTEGRATION_BRIDGE = 'br-int';

const PLUGS: Readonly<Record<string, Plug>> = {
  bridge: plugBridge,
  ovs: plugOvs,
  tap: async () => {},
};

function plugOf(port: NeutronPort): Plug {
  const type = port['binding:vif_type'] ?? 'unbound';
  const isHybrid = type === 'ovs' && port['binding:vif_details']?.['ovs_hybrid_plug'] === true;
  const plug = Object.hasOwn(PLUGS, type) && !isHybrid ? PLUGS[type] : undefined;
  if (plug) return plug;
  const why = isHybrid ? 'ovs with the hybrid firewall' : type;
  throw new CloudError('internal', `The port ${port.id} has a VIF type that cannot be bound here: ${why}.`);
}

/** The bridge is Neutron's agent's too: whoever comes first makes it. */
async function plugBridge(port: NeutronPort, device: string): Promise<void> {
  const bridge = `brq${port.network_id.slice(0, 11)}`;
  const settings = ['type', 'bridge', 'stp_state', '0', 'forward_delay', '0'];
  await exec('ip', ['link', 'add', bridge, ...settings]).catch(unlessThere);
  await exec('ip', ['link', 'set', bridge, 'up']);
  await exec('ip', ['link', 'set', device, 'master', bridge]);
}

async function plugOvs(port: NeutronPort, device: string): Promise<void> {
  const ids = {
    'iface-id': port.id,
    'attached-mac': port.mac_address,
    'vm-uuid': port.device_id,
    'iface-status': 'active',
    owner: 'kuryr',
  };
  const columns = Object.entries(ids).map(([key, value]) => `external_ids:${key}="${value}"`);
  const add = ['--may-exist', 'add-port', INTEGRATION_BRIDGE, device];
  await exec('ovs-vsctl', [...add, '--', 'set', 'Interface', device, ...columns]);
}

const unless =
  (words: string) =>
  (thrown: unknown): void => {
    if (!(thrown instanceof ExecError && thrown.stderr.includes(words))) throw thrown;
  };
const unlessGone = unless('Cannot find device');
const unlessThere = unless('File exists');
