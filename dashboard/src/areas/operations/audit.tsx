import { Button, Group, Select, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../messages/messages.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Page } from '../../parts/page.tsx';
import { SmallTable } from '../../parts/small-table.tsx';
import { State } from '../../parts/state.tsx';
import { Time } from '../../parts/time.tsx';
import { keyOf } from '../../resources/use-resources.ts';
import { useSession } from '../../session/session.tsx';

interface AuditRecord {
  readonly id: string;
  readonly time: string;
  readonly request_id: string;
  readonly service: string;
  readonly action: string;
  readonly outcome: string;
  readonly reason: string;
  readonly user: { readonly name: string };
  readonly target: string;
}

interface AuditPage {
  readonly records: readonly AuditRecord[];
  readonly next: string | null;
}

const OUTCOMES = ['success', 'accepted', 'denied', 'failure'];

/** Who changed what, or tried to; newest first. */
export function Audit() {
  const text = useText();
  const { caller, isAdmin } = useSession();
  const [outcome, setOutcome] = useState<string | null>(null);
  const [target, setTarget] = useState('');
  const { data, error, refetch, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: keyOf('audit', outcome, target),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => {
      const query = {
        marker: pageParam,
        outcome: outcome ?? undefined,
        target: target || undefined,
        all_projects: isAdmin ? 'true' : undefined,
      };
      return caller.call<AuditPage>('audit', 'GET', '/v1/records', { query });
    },
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  return (
    <Page title={text('page.audit')}>
      <Group gap="xs">
        <TextInput
          size="sm"
          placeholder={text('list.filter')}
          aria-label={text('list.filter')}
          value={target}
          onChange={(event) => setTarget(event.currentTarget.value)}
        />
        <Select
          size="sm"
          placeholder={text('audit.outcome')}
          aria-label={text('audit.outcome')}
          data={OUTCOMES}
          value={outcome}
          onChange={setOutcome}
          clearable
        />
      </Group>
      {error && <Failure thrown={error} retry={() => void refetch()} />}
      <SmallTable
        label={text('page.audit')}
        heads={[
          text('audit.time'),
          text('signIn.user'),
          text('audit.action'),
          text('audit.outcome'),
          text('audit.target'),
        ]}
        rows={(data?.pages ?? [])
          .flatMap(({ records }) => records)
          .map((record) => [
            <Time at={record.time} />,
            record.user.name,
            `${record.service}: ${record.action}`,
            <State state={record.outcome} />,
            <span className="mono" title={record.request_id}>
              {record.target}
            </span>,
          ])}
      />
      {hasNextPage && (
        <Button variant="default" size="xs" onClick={() => void fetchNextPage()}>
          {text('app.more')}
        </Button>
      )}
    </Page>
  );
}
