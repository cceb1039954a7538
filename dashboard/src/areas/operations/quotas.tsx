import { Button, Select, SimpleGrid, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../messages/messages.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Page } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { SideForm } from '../../parts/side-form.tsx';
import { UseBar } from '../../parts/use-bar.tsx';
import { collect } from '../../resources/collect.ts';
import { keyOf } from '../../resources/use-resources.ts';
import { useSession } from '../../session/session.tsx';
import { QuotaForm } from './quota-form.tsx';
import { LIMITED, type Limited } from './quota-places.ts';

/** What a project may have and has, of every service that sets limits; administrators choose the project, and change them. */
export function Quotas() {
  const text = useText();
  const { who, isAdmin, caller } = useSession();
  const [project, setProject] = useState(who.project?.id ?? '');
  return (
    <Page
      title={text('page.quotas')}
      actions={isAdmin && <ProjectChoice value={project} choose={setProject} />}
    >
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {LIMITED.filter(({ service }) => caller.has(service)).map((limited) => (
          <ServiceQuota key={`${limited.service} ${project}`} limited={limited} project={project} />
        ))}
      </SimpleGrid>
    </Page>
  );
}

interface ProjectChoiceProps {
  readonly value: string;
  readonly choose: (project: string) => void;
}

function ProjectChoice({ value, choose }: ProjectChoiceProps) {
  const text = useText();
  const { caller } = useSession();
  const { data = [] } = useQuery({
    queryKey: keyOf('project', 'list', '/projects'),
    queryFn: () =>
      collect<{ id: string; name: string }>(caller, {
        service: 'identity',
        path: '/projects',
        collection: 'projects',
      }),
  });
  return (
    <Select
      aria-label={text('app.project')}
      data={data.map(({ id, name }) => ({ value: id, label: name }))}
      value={value}
      onChange={(chosen) => chosen !== null && choose(chosen)}
      searchable
    />
  );
}

function ServiceQuota({ limited, project }: { readonly limited: Limited; readonly project: string }) {
  const text = useText();
  const { caller, isAdmin } = useSession();
  const [editing, setEditing] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: keyOf('quota', limited.service, project),
    queryFn: () => limited.read(caller, project),
    staleTime: 0,
  });
  const close = () => {
    setEditing(false);
    void refetch();
  };
  const title = text(limited.title);
  return (
    <Panel
      title={title}
      actions={
        isAdmin &&
        data && (
          <Button size="xs" variant="default" onClick={() => setEditing(true)}>
            {text('action.edit')}
          </Button>
        )
      }
    >
      {error && <Failure thrown={error} retry={() => void refetch()} />}
      <Stack gap="sm">
        {data?.map(({ name, limit, used }) => (
          <UseBar key={name} title={name.replaceAll('_', ' ')} limit={limit} used={used} />
        ))}
      </Stack>
      {editing && data && (
        <SideForm title={text('quota.of', { service: title })} close={close}>
          <QuotaForm limits={data} save={(change) => limited.write(caller, project, change)} close={close} />
        </SideForm>
      )}
    </Panel>
  );
}
