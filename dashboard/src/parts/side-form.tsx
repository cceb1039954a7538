import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../messages/messages.tsx';

interface SideFormProps {
  readonly title: string;
  readonly close: () => void;
  readonly children: ReactNode;
}

/** Where forms are filled in: beside what they are about. */
export function SideForm({ title, close, children }: SideFormProps) {
  const text = useText();
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size="lg"
      title={title}
      closeButtonProps={{ 'aria-label': text('app.close') }}
    >
      {children}
    </Drawer>
  );
}
