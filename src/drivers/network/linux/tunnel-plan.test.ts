import { describe, expect, it } from 'vitest';
import type { RemoteSpec } from '../driver.ts';
import { EMPTY, planTunnel, readTunnel, wantedEntries } from './tunnel-plan.ts';

const remote: RemoteSpec = {
  id: 'p1',
  networkId: 'n1',
  mac: 'FA:16:3E:00:00:01',
  addresses: ['10.0.0.5', 'fd00:0::5'],
  node: '192.0.2.2',
};
const wanted = wantedEntries([remote]);

describe('the entries of a tunnel', () => {
  it('are the MAC behind its node, and every address with the link-local one', () => {
    expect(planTunnel(EMPTY, wanted, 'hys1')).toEqual({
      bridge: [
        'fdb append 33:33:00:00:00:01 dev hys1 dst 192.0.2.2 self permanent',
        'fdb append 33:33:00:00:00:02 dev hys1 dst 192.0.2.2 self permanent',
        'fdb replace fa:16:3e:00:00:01 dev hys1 dst 192.0.2.2 self permanent',
        'fdb replace fa:16:3e:00:00:01 dev hys1 master static sticky',
      ],
      ip: [
        'neigh replace 10.0.0.5 lladdr fa:16:3e:00:00:01 dev hys1 nud permanent',
        'neigh replace fd00::5 lladdr fa:16:3e:00:00:01 dev hys1 nud permanent',
        'neigh replace fe80::f816:3eff:fe00:1 lladdr fa:16:3e:00:00:01 dev hys1 nud permanent',
      ],
    });
  });

  it('stay untouched when they are right, also as the machine shows them', () => {
    const shown = readTunnel(
      [
        { mac: 'fa:16:3e:00:00:01', dst: '192.0.2.2' },
        { mac: '33:33:00:00:00:01' },
        { mac: '33:33:00:00:00:01', dst: '192.0.2.2' },
      ],
      [...wanted.neighbours].map(([dst, lladdr]) => ({ dst, lladdr })),
    );
    expect(planTunnel(shown, wanted, 'hys1')).toEqual({ bridge: [], ip: [] });
  });

  it('change alone what moved, and go with their port', () => {
    const moved = wantedEntries([{ ...remote, addresses: ['10.0.0.6'], node: '192.0.2.3' }]);
    const plan = planTunnel(wanted, moved, 'hys1');
    expect(plan.bridge).toContain('fdb del 33:33:00:00:00:02 dev hys1 dst 192.0.2.2 self');
    expect(plan.bridge).toContain('fdb replace fa:16:3e:00:00:01 dev hys1 dst 192.0.2.3 self permanent');
    expect(plan.ip).toContain('neigh del 10.0.0.5 dev hys1');
    expect(plan.ip).toContain('neigh replace 10.0.0.6 lladdr fa:16:3e:00:00:01 dev hys1 nud permanent');
    expect(planTunnel(moved, EMPTY, 'hys1').bridge.slice(2)).toEqual([
      'fdb del fa:16:3e:00:00:01 dev hys1 dst 192.0.2.3 self',
      'fdb del fa:16:3e:00:00:01 dev hys1 master',
    ]);
  });
});
