import { Button, Group, Modal, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../messages/messages.tsx';

/** Asks before what cannot be undone. */
export function Confirm({ question, verb, close, then }: ConfirmProps) {
  const text = useText();
  return (
    <Modal
      opened
      onClose={close}
      title={verb}
      centered
      closeButtonProps={{ 'aria-label': text('app.close') }}
    >
      <Text mb="lg">{question}</Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          {text('app.cancel')}
        </Button>
        <Button
          color="red"
          data-autofocus
          onClick={() => {
            close();
            then();
          }}
        >
          {verb}
        </Button>
      </Group>
    </Modal>
  );
}

interface ConfirmProps {
  readonly question: ReactNode;
  readonly verb: string;
  readonly close: () => void;
  readonly then: () => void;
}
