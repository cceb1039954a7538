import { Link } from 'wouter';
import { useText } from '../../../messages/messages.tsx';
import { sizeOf } from '../../../parts/size.ts';
import { SmallTable } from '../../../parts/small-table.tsx';
import { State } from '../../../parts/state.tsx';
import type { Thing } from './graph.ts';
import type { PictureProps } from './picture.tsx';

/** The same as the picture, in words. */
export function ThingsTable({ graph: { things, links }, traffic, host }: PictureProps) {
  const text = useText();
  const byId = new Map(things.map((thing) => [thing.id, thing]));
  const above = Map.groupBy(links, ({ from }) => from);
  const connected = ({ id }: Thing) => (above.get(id) ?? []).flatMap(({ to }) => byId.get(to) ?? []);
  const shown = things.filter((thing) => host === null || thing.kind !== 'workload' || thing.host === host);
  return (
    <SmallTable
      label={text('page.topology')}
      heads={(
        [
          'column.name',
          'topology.kind',
          'column.state',
          'topology.connectedTo',
          'column.addresses',
          'column.node',
          'topology.traffic',
        ] as const
      ).map((head) => text(head))}
      rows={shown.map((thing) => [
        <Link className="list-link" href={thing.path}>
          {thing.name}
        </Link>,
        text(`topology.${thing.kind}`),
        <State state={thing.state} />,
        connected(thing).map(({ id, name, path }, index) => (
          <span key={id}>
            {index > 0 && ', '}
            <Link className="list-link" href={path}>
              {name}
            </Link>
          </span>
        )),
        <span className="mono">{thing.detail}</span>,
        thing.host,
        traffic.has(thing.id) ? `${sizeOf(traffic.get(thing.id))}/s` : '',
      ])}
    />
  );
}
