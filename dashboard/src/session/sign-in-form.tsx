import {
  Alert,
  Button,
  Center,
  Group,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useState, type FormEvent } from 'react';
import icon from '../icon.svg';
import { useText } from '../messages/messages.tsx';
import { messageOf } from '../parts/failure.tsx';
import { valuesOf } from '../parts/values.ts';
import type { Password } from './sign-in.ts';

export function SignIn({ open }: { open: (password: Password) => Promise<void> }) {
  const text = useText();
  const [failure, setFailure] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { user = '', password = '', domain = '' } = valuesOf(event.currentTarget);
    setBusy(true);
    try {
      await open({ user, password, domain });
    } catch (thrown) {
      setFailure(messageOf(thrown));
      setBusy(false);
    }
  };
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper className="panel" p="xl" w={380} maw="100%" shadow="sm">
        <form onSubmit={(event) => void submit(event)}>
          <Stack gap="md">
            <Group gap="sm">
              <img src={icon} alt="" width={34} height={34} />
              <Title order={1} fz={22}>
                {text('signIn.title')}
              </Title>
            </Group>
            {failure !== undefined && (
              <Alert color="red" role="alert">
                {failure}
              </Alert>
            )}
            <TextInput name="user" label={text('signIn.user')} autoComplete="username" required autoFocus />
            <PasswordInput
              name="password"
              label={text('signIn.password')}
              autoComplete="current-password"
              required
            />
            <TextInput name="domain" label={text('signIn.domain')} defaultValue="Default" required />
            <Button type="submit" loading={busy} fullWidth>
              {text('signIn.submit')}
            </Button>
            <Text fz="xs" className="quiet">
              {text('signIn.hint')}
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
