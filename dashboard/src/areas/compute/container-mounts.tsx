import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { ShownContainer } from '../../../../src/sdk/containers.ts';
import { useText } from '../../messages/messages.tsx';
import { Failure } from '../../parts/failure.tsx';
import { SmallTable } from '../../parts/small-table.tsx';
import { keyOf } from '../../resources/use-resources.ts';
import { useCaller } from '../../session/session.tsx';

interface ShownMount {
  readonly type: 'volume' | 'bind' | 'secret';
  readonly source: string | null;
  readonly destination?: string;
  readonly env?: string;
}

/** Volumes, files and secrets that it has. */
export function ContainerMounts({ item: { uuid } }: { readonly item: ShownContainer }) {
  const text = useText();
  const caller = useCaller();
  const { data, error, refetch } = useQuery({
    queryKey: keyOf('container', 'mounts', uuid),
    queryFn: () => caller.call<{ mounts: ShownMount[] }>('container', 'GET', `/containers/${uuid}/mounts`),
  });
  if (error) return <Failure thrown={error} retry={() => void refetch()} />;
  return (
    <SmallTable
      label={text('workload.volumes')}
      heads={[text('workload.mountKind'), text('workload.mountSource'), text('workload.mountPlace')]}
      rows={(data?.mounts ?? []).map(({ type, source, destination, env }) => [
        type,
        type === 'volume' && source ? (
          <Link className="list-link mono" href={`/volumes/${source}`}>
            {source}
          </Link>
        ) : (
          <span className="mono">{source ?? '–'}</span>
        ),
        <span className="mono">{destination ?? `$${env ?? ''}`}</span>,
      ])}
    />
  );
}
