import { Group, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface PanelProps {
  readonly title: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a page that has a name. */
export function Panel({ title, actions, children }: PanelProps) {
  return (
    <section className="panel titled">
      <Group justify="space-between" mb="sm">
        <Title order={2} fz={14}>
          {title}
        </Title>
        {actions}
      </Group>
      {children}
    </section>
  );
}
