import type { NeutronPort } from '#src/openstack/neutron.ts';

/** A port and what of its network matters to a cable. */
export interface Bindable {
  readonly port: NeutronPort;
  readonly mtu: number;
}

/**
 * Connects Neutron's ports to this machine. The container's end is a device of the machine that is called
 * `containerDevice(port.id)` and has no addresses: who asked for it moves it into a sandbox and does the rest.
 */
export interface Binding {
  /** The name of this host in Neutron. */
  readonly host: string;
  /** Resolves when the device is there and its filter stands. Repeatable. @throws CloudError when it cannot be. */
  bind(bindable: Bindable): Promise<void>;
  /** Repeatable. */
  unbind(port: NeutronPort): Promise<void>;
}
