import { Button, Group, NumberInput, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useText } from '../../messages/messages.tsx';
import { Failure } from '../../parts/failure.tsx';
import { valuesOf } from '../../parts/values.ts';
import type { FormProps } from '../../resources/definition.ts';
import type { Limit, LimitChange } from './quota-places.ts';

interface QuotaFormProps extends FormProps {
  readonly limits: readonly Limit[];
  readonly save: (change: LimitChange) => Promise<unknown>;
}

/** Only what was changed is sent. */
export function QuotaForm({ limits, save, close }: QuotaFormProps) {
  const text = useText();
  const saving = useMutation({ mutationFn: save, onSuccess: close });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = valuesOf(event.currentTarget);
    const changed = limits.flatMap(({ name, limit }) => {
      const wanted = Number(values[name] ?? limit);
      return wanted === limit ? [] : [[name, wanted] as const];
    });
    if (changed.length === 0) close();
    else saving.mutate(Object.fromEntries(changed));
  };
  return (
    <form onSubmit={send}>
      <Stack gap="sm">
        <Text fz="sm" className="quiet">
          {text('quota.saved')}
        </Text>
        {limits.map(({ name, limit }) => (
          <NumberInput
            key={name}
            name={name}
            label={name.replaceAll('_', ' ')}
            defaultValue={limit}
            min={-1}
            allowDecimal={false}
            required
          />
        ))}
        {saving.error && <Failure thrown={saving.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {text('app.cancel')}
          </Button>
          <Button type="submit" loading={saving.isPending}>
            {text('action.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
