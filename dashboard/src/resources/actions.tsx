import { ActionIcon, Button, Group, Menu, Tooltip, type ActionIconProps } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState, type ComponentProps } from 'react';
import { useText } from '../messages/messages.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { SideForm } from '../parts/side-form.tsx';
import type { Action, ItemForm, ResourceDefinition } from './definition.ts';
import { useAct } from './use-resources.ts';

interface ActionsProps<T> {
  readonly definition: ResourceDefinition<T>;
  readonly items: readonly T[];
  /** Called after what was chosen has been asked for. */
  readonly done?: (action: Action<T>) => void;
}

/** Chooses an action, asks where it cannot be undone, and carries it out. */
function useActions<T>({ definition, items, done }: ActionsProps<T>) {
  const text = useText();
  const act = useAct<T>(definition);
  const [asked, setAsked] = useState<Action<T>>();
  const carryOut = (action: Action<T>) => act.mutate({ action, items }, { onSettled: () => done?.(action) });
  const [first] = items;
  const question =
    items.length === 1 && first
      ? text('action.confirmDelete', { name: definition.name(first) })
      : text('action.confirmDeleteMany', { count: items.length });
  return {
    busy: act.isPending,
    choose: (action: Action<T>) => (action.isDangerous ? setAsked(action) : carryOut(action)),
    /** Why not, for the first of them that it is not possible for. */
    refusal: (action: Action<T>): string | undefined => {
      const state = items.map((item) => action.refusedIn?.(item)).find((one) => one !== undefined);
      return state === undefined ? undefined : text(action.refusal ?? 'action.notInState', { state });
    },
    dialog: asked && (
      <Confirm
        question={question}
        verb={text(asked.title)}
        close={() => setAsked(undefined)}
        then={() => carryOut(asked)}
      />
    ),
  };
}

/** All actions side by side; the reason stands beside one that is not possible. */
export function ActionButtons<T>(props: ActionsProps<T>) {
  const text = useText();
  const { busy, choose, refusal, dialog } = useActions(props);
  return (
    <Group gap={6}>
      {props.definition.actions.map((action) => {
        const why = refusal(action);
        return (
          <Tooltip key={action.title} label={why} disabled={why === undefined}>
            <Button
              size="xs"
              variant="default"
              leftSection={action.icon}
              {...(why !== undefined && { 'data-disabled': true })}
              aria-disabled={why !== undefined}
              loading={busy}
              onClick={(event) => (why === undefined ? choose(action) : event.preventDefault())}
              {...(action.isDangerous && why === undefined && { c: 'var(--mantine-color-error)' })}
            >
              {text(action.title)}
            </Button>
          </Tooltip>
        );
      })}
      {dialog}
    </Group>
  );
}

type MenuProps<T> = ActionsProps<T> & { readonly label: string };

/** The same as a menu, at the end of a row: made when it is first opened, so that long lists are drawn at once. */
export function ActionMenu<T>(props: MenuProps<T>) {
  const [isMade, setMade] = useState(false);
  if (isMade) return <OpenMenu {...props} />;
  return <MenuButton label={props.label} onClick={() => setMade(true)} />;
}

function MenuButton({
  label,
  ...rest
}: { readonly label: string } & ActionIconProps & ComponentProps<'button'>) {
  const text = useText();
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-haspopup="menu"
      aria-label={`${text('app.actions')}: ${label}`}
      {...rest}
    >
      <IconDots size={16} />
    </ActionIcon>
  );
}

function OpenMenu<T>(props: MenuProps<T>) {
  const text = useText();
  const { choose, refusal, dialog } = useActions(props);
  const [open, setOpen] = useState<ItemForm<T>>();
  const [item] = props.items;
  const close = () => setOpen(undefined);
  return (
    <>
      <Menu position="bottom-end" defaultOpened>
        <Menu.Target>
          <MenuButton label={props.label} />
        </Menu.Target>
        <Menu.Dropdown>
          {item && <FormItems forms={props.definition.forms ?? []} item={item} choose={setOpen} />}
          {props.definition.actions.map((action) => {
            const why = refusal(action);
            return (
              <Menu.Item
                key={action.title}
                leftSection={action.icon}
                disabled={why !== undefined}
                title={why}
                onClick={() => choose(action)}
                {...(action.isDangerous && { color: 'red' })}
              >
                {text(action.title)}
              </Menu.Item>
            );
          })}
        </Menu.Dropdown>
      </Menu>
      {dialog}
      {open && item && (
        <SideForm title={text(open.title)} close={close}>
          <open.show item={item} close={close} />
        </SideForm>
      )}
    </>
  );
}

interface FormItemsProps<T> {
  readonly forms: readonly ItemForm<T>[];
  readonly item: T;
  readonly choose: (form: ItemForm<T>) => void;
}

function FormItems<T>({ forms, item, choose }: FormItemsProps<T>) {
  const text = useText();
  return forms.map((form) => {
    const state = form.refusedIn?.(item);
    const why = state === undefined ? undefined : text(form.refusal ?? 'action.notInState', { state });
    return (
      <Menu.Item
        key={form.title}
        leftSection={form.icon}
        disabled={why !== undefined}
        title={why}
        onClick={() => choose(form)}
      >
        {text(form.title)}
      </Menu.Item>
    );
  });
}
