import { Button, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { useText } from '../messages/messages.tsx';
import { SideForm } from '../parts/side-form.tsx';
import type { ItemForm } from './definition.ts';

interface FormButtonsProps<T> {
  readonly forms: readonly ItemForm<T>[];
  readonly item: T;
}

/** The forms that change one, or make another like it. */
export function FormButtons<T>({ forms, item }: FormButtonsProps<T>) {
  const text = useText();
  const [open, setOpen] = useState<ItemForm<T>>();
  const close = () => setOpen(undefined);
  return (
    <>
      {forms.map((form) => {
        const state = form.refusedIn?.(item);
        return (
          <Tooltip
            key={form.title}
            label={text(form.refusal ?? 'action.notInState', { state: state ?? '' })}
            disabled={state === undefined}
          >
            <Button
              size="xs"
              variant="default"
              leftSection={form.icon}
              aria-disabled={state !== undefined}
              {...(state !== undefined && { 'data-disabled': true })}
              onClick={() => state === undefined && setOpen(form)}
            >
              {text(form.title)}
            </Button>
          </Tooltip>
        );
      })}
      {open && (
        <SideForm title={text(open.title)} close={close}>
          <open.show item={item} close={close} />
        </SideForm>
      )}
    </>
  );
}
