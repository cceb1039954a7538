import { Button, FileButton, Group, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type FormEvent } from 'react';
import { useLocation } from 'wouter';
import { useText } from '../../messages/messages.tsx';
import { Failure } from '../../parts/failure.tsx';
import { SmallTable } from '../../parts/small-table.tsx';
import { valuesOf } from '../../parts/values.ts';
import type { FormProps, ItemFormProps } from '../../resources/definition.ts';
import { keyOf } from '../../resources/use-resources.ts';
import { useCaller } from '../../session/session.tsx';
import { ParameterFields } from './parameter-fields.tsx';
import { foresee, parametersOf } from './stack-template.ts';
import type { ShownStack } from './stacks.tsx';
import { useStackTemplate } from './use-stack-template.ts';

const EXAMPLE = `heat_template_version: 2021-04-16

parameters:
  length:
    type: number
    default: 12

resources:
  word:
    type: OS::Heat::RandomString
    properties:
      length: { get_param: length }

outputs:
  word:
    value: { get_attr: [word, value] }
`;

export const CreateStack = ({ close }: FormProps) => <StackForm initial={EXAMPLE} close={close} />;

interface StackFormProps extends FormProps {
  /** The one that is changed; undefined = a new one. */
  readonly stack?: ShownStack | undefined;
  /** A template. */
  readonly initial: string;
}

const PARAMETER = 'parameter:';

/** The template first, then what it asks for; what would be made can be seen before. */
export function StackForm({ stack, initial, close }: StackFormProps) {
  const text = useText();
  const { form, template, change, asking, previewing, sending } = useDraft({ stack, initial, close });
  const failed = asking.error ?? previewing.error ?? sending.error;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (asking.data) sending.mutate();
    else asking.mutate();
  };
  return (
    <form ref={form} onSubmit={send}>
      <Stack gap="sm">
        {!stack && <TextInput name="stack_name" label={text('create.name')} required data-autofocus />}
        <Textarea
          label={text('stack.template')}
          classNames={{ input: 'mono' }}
          autosize
          minRows={8}
          maxRows={22}
          required
          value={template}
          onChange={(event) => change(event.currentTarget.value)}
        />
        <TemplateFile choose={change} />
        {asking.data && <ParameterFields parameters={asking.data} prefix={PARAMETER} isKept={!!stack} />}
        {!stack && (
          <Switch name="disable_rollback" value="true" label={text('stack.keepFailed')} defaultChecked />
        )}
        {previewing.data && (
          <SmallTable
            label={text('stack.preview')}
            heads={[text('column.name'), text('stack.type')]}
            rows={previewing.data.map((one) => [
              one.resource_name,
              <span className="mono">{one.resource_type}</span>,
            ])}
          />
        )}
        {failed && <Failure thrown={failed} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {text('app.cancel')}
          </Button>
          {asking.data && !stack && (
            <Button
              variant="default"
              loading={previewing.isPending}
              onClick={() => form.current?.reportValidity() && previewing.mutate()}
            >
              {text('stack.preview')}
            </Button>
          )}
          <Button type="submit" loading={asking.isPending || sending.isPending}>
            {text(asking.data ? (stack ? 'action.save' : 'list.create') : 'stack.next')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What is asked of the API while the form is filled in. */
function useDraft({ stack, initial, close }: StackFormProps) {
  const caller = useCaller();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const form = useRef<HTMLFormElement>(null);
  const [template, setTemplate] = useState(initial);
  const asking = useMutation({ mutationFn: () => parametersOf(caller, template) });
  const draft = () => draftOf(form.current, template);
  const previewing = useMutation({ mutationFn: () => foresee(caller, draft()) });
  const sending = useMutation({
    mutationFn: async () => {
      const { stack_name: _name, disable_rollback: _keep, ...change } = draft();
      if (!stack) return (await made(caller.call('orchestration', 'POST', '/stacks', { body: draft() }))).id;
      const path = `/stacks/${stack.stack_name}/${stack.id}`;
      await caller.call('orchestration', 'PATCH', path, { body: change }); // what is not said stays
      return stack.id;
    },
    onSuccess: (id) => {
      close();
      navigate(`/stacks/${id}/resources`);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keyOf('stack') }),
  });
  const change = (next: string) => {
    setTemplate(next);
    for (const one of [asking, previewing, sending]) one.reset();
  };
  return { form, template, change, asking, previewing, sending };
}

function TemplateFile({ choose }: { readonly choose: (template: string) => void }) {
  const text = useText();
  return (
    <FileButton onChange={(file) => void file?.text().then(choose)} accept=".yaml,.yml,.json,.template">
      {(props) => (
        <Button {...props} variant="default" size="xs" style={{ alignSelf: 'start' }}>
          {text('stack.fromFile')}
        </Button>
      )}
    </FileButton>
  );
}

const made = async (answer: Promise<{ stack: { id: string } }>) => (await answer).stack;

function draftOf(form: HTMLFormElement | null, template: string) {
  const values = form ? valuesOf(form) : {};
  const parameters = Object.entries(values).flatMap(([name, value]) =>
    name.startsWith(PARAMETER) ? [[name.slice(PARAMETER.length), value]] : [],
  );
  return {
    stack_name: values['stack_name'] ?? '',
    template,
    parameters: Object.fromEntries(parameters) as Record<string, string>,
    disable_rollback: values['disable_rollback'] === 'true',
  };
}

/** Begins with the template that it was last given. */
export function UpdateStack({ item, close }: ItemFormProps<ShownStack>) {
  const template = useStackTemplate(item);
  if (template.error) return <Failure thrown={template.error} retry={() => void template.refetch()} />;
  return template.data === undefined ? null : (
    <StackForm stack={item} initial={template.data} close={close} />
  );
}
