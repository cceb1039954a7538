import { DesiredStore } from '#node/desired-store.ts';
import { aContainer } from './node-objects.ts';

/** A process that stores two objects at a time until it is killed, and says each time that they are stored. */
const store = new DesiredStore(process.argv[2] ?? '');
for (let generation = 1; ; generation++) {
  const pair = ['c1', 'c2'].map((id) => aContainer(id, { generation }));
  store.save(pair.map((desired) => ({ kind: desired.kind, id: desired.id, desired, wanted: true })));
  process.stdout.write(`${generation}\n`);
}
