import {
  Button,
  Group,
  MultiSelect,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  Switch,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { useLocation } from 'wouter';
import { useText, type MessageKey } from '../messages/messages.tsx';
import { Failure } from '../parts/failure.tsx';
import { valuesOf, type Values } from '../parts/values.ts';
import type { BrowserCaller } from '../session/browser-caller.ts';
import { useCaller } from '../session/session.tsx';
import { faultsIn, type Faults, type Schema } from './faults.ts';
import { keyOf } from './use-resources.ts';

/** One thing that is asked. */
export interface Field {
  /** As the API's body calls it: what its schema says about this is shown beside the field. */
  readonly name: string;
  readonly title: MessageKey;
  /** Default: a line of text. `flag` gives `true` or nothing, `choices` their values with commas between. */
  readonly kind?: 'text' | 'number' | 'lines' | 'flag' | 'choice' | 'choices' | 'password';
  readonly isRequired?: boolean;
  readonly initial?: string;
  readonly placeholder?: string;
  /** What there is to choose from, by its value. */
  readonly options?: (
    caller: BrowserCaller,
  ) => Promise<readonly { readonly value: string; readonly label: string }[]>;
}

export interface CreateFormProps<B, T> {
  /** Of what is made: its lists are asked for again. */
  readonly kind: string;
  readonly fields: readonly Field[];
  readonly submit: MessageKey;
  /** What the API takes; loaded when the form is sent. */
  readonly schema?: () => Promise<Schema>;
  /** @param values without those that were left empty */
  readonly body: (values: Values) => B;
  readonly create: (caller: BrowserCaller, body: B) => Promise<T>;
  /** Where the new one is shown. */
  readonly pathOf?: (made: T) => string;
  /** After it was made, and instead of it; a form that has more to say then has a `cancel` alone. */
  readonly close?: () => void;
  readonly cancel?: () => void;
}

/** The form for something new, checked by the API's own schema before it is sent. */
export function CreateForm<B, T>(props: CreateFormProps<B, T>) {
  const { kind, fields, submit, schema, body, create, pathOf, close, cancel = close } = props;
  const text = useText();
  const caller = useCaller();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [faults, setFaults] = useState<Faults>({});
  const making = useMutation({
    mutationFn: (wanted: B) => create(caller, wanted),
    onSuccess: (made) => {
      close?.();
      if (pathOf) navigate(pathOf(made));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keyOf(kind) }),
  });
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const wanted = body(valuesOf(event.currentTarget));
    const found = schema
      ? faultsIn(await schema(), wanted, (name) => text('create.unexpected', { name }))
      : {};
    setFaults(found);
    if (Object.keys(found).length === 0) making.mutate(wanted);
  };
  const unplaced = Object.entries(faults).filter(([name]) => !fields.some((field) => field.name === name));
  return (
    <form onSubmit={(event) => void send(event)}>
      <Stack gap="sm">
        {fields.map((field) => (
          <FormField key={field.name} field={field} fault={faults[field.name]} />
        ))}
        {unplaced.length > 0 && (
          <Failure thrown={new Error(unplaced.map((one) => one.join(': ')).join('; '))} />
        )}
        {making.error && <Failure thrown={making.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={cancel}>
            {text('app.cancel')}
          </Button>
          <Button type="submit" loading={making.isPending}>
            {text(submit)}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function FormField({ field, fault }: { readonly field: Field; readonly fault: string | undefined }) {
  const text = useText();
  const { kind, name, title, initial, isRequired = false, placeholder } = field;
  const common = { name, label: text(title), error: fault, required: isRequired };
  if (kind === 'flag')
    return <Switch name={name} label={text(title)} value="true" defaultChecked={initial === 'true'} />;
  if (kind === 'choice' || kind === 'choices') return <Choice field={field} fault={fault} />;
  const given = {
    defaultValue: initial ?? '',
    placeholder: placeholder ?? (isRequired ? '' : text('create.optional')),
  };
  if (kind === 'lines') return <Textarea {...common} {...given} autosize minRows={2} />;
  if (kind === 'number') return <NumberInput {...common} {...given} min={0} />;
  if (kind === 'password') return <PasswordInput {...common} autoComplete="new-password" />;
  return <TextInput {...common} {...given} />;
}

/** What there is to choose from is asked for whenever the form is opened. */
function Choice({ field, fault }: { readonly field: Field; readonly fault: string | undefined }) {
  const text = useText();
  const caller = useCaller();
  const { kind, name, title, isRequired = false, initial, options } = field;
  const { data = [], error } = useQuery({
    queryKey: keyOf('choice', name, useId()),
    queryFn: () => options?.(caller) ?? [],
    gcTime: 0,
  });
  const common = {
    name,
    label: text(title),
    data,
    error: fault ?? error?.message,
    required: isRequired,
    searchable: true,
    placeholder: isRequired ? '' : text('create.optional'),
  };
  if (kind === 'choices') return <MultiSelect {...common} defaultValue={initial ? initial.split(',') : []} />;
  return <Select {...common} defaultValue={initial || null} clearable={!isRequired} />;
}
