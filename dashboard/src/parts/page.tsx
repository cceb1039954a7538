import { Group, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** Every page: its name, what can be done there, and the rest. @param whole whether the content takes the height that is left */
export function Page({ title, actions, whole = false, children }: PageProps) {
  return (
    <Stack gap="md" p="lg" {...(whole && { h: 'calc(100dvh - 52px)' })} maw={1600} mx="auto">
      <Group justify="space-between" wrap="wrap">
        <Title order={1} fz={20}>
          {title}
        </Title>
        <Group gap="xs">{actions}</Group>
      </Group>
      {children}
    </Stack>
  );
}

interface PageProps {
  readonly title: ReactNode;
  readonly actions?: ReactNode;
  readonly whole?: boolean;
  readonly children: ReactNode;
}
