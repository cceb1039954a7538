import { Alert, Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { ApiError } from '../session/api-error.ts';
import { useText } from '../messages/messages.tsx';

export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);

export const requestIdOf = (thrown: unknown): string | null =>
  thrown instanceof ApiError ? thrown.requestId : null;

/** What an API said when it refused, with the id that its operator finds it by. */
export function Failure({ thrown, retry }: { thrown: unknown; retry?: (() => void) | undefined }) {
  const text = useText();
  const id = requestIdOf(thrown);
  return (
    <Alert color="red" role="alert" title={messageOf(thrown)}>
      <Group justify="space-between">
        <Text fz="xs" className="mono">
          {id === null ? '' : text('app.requestId', { id })}
        </Text>
        {retry && (
          <Button size="xs" variant="light" color="red" onClick={retry}>
            {text('app.retry')}
          </Button>
        )}
      </Group>
    </Alert>
  );
}

/** For what was asked for by a click: it is told in the corner, and stays until it is read. */
export function tellFailure(thrown: unknown): void {
  const id = requestIdOf(thrown);
  notifications.show({
    color: 'red',
    title: messageOf(thrown),
    message: id ?? '',
    autoClose: false,
    withBorder: true,
  });
}
