import { Button, Menu, ScrollArea } from '@mantine/core';
import { IconCheck, IconChevronDown } from '@tabler/icons-react';
import { useText } from '../messages/messages.tsx';
import { tellFailure } from '../parts/failure.tsx';
import { useSession } from '../session/session.tsx';

/** A region's dashboard is at the region: one signs in there. */
function RegionItems() {
  const { who } = useSession();
  const text = useText();
  if (who.regions.length < 2) return null;
  return (
    <>
      <Menu.Label>{text('app.region')}</Menu.Label>
      {who.regions.map(({ name, origin }) => (
        <Menu.Item
          key={name}
          component="a"
          href={`${origin}/ui/`}
          leftSection={origin === location.origin ? <IconCheck size={14} /> : <span style={{ width: 14 }} />}
        >
          {name}
        </Menu.Item>
      ))}
    </>
  );
}

/** In which project everything is shown and made. */
export function ProjectMenu() {
  const { who, enter } = useSession();
  const text = useText();
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          rightSection={<IconChevronDown size={14} />}
          aria-label={`${text('app.project')}: ${who.project?.name ?? '–'}`}
        >
          <span className="project-name">{who.project?.name ?? '–'}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{text('app.project')}</Menu.Label>
        <ScrollArea.Autosize mah={360}>
          {who.projects.map(({ id, name }) => (
            <Menu.Item
              key={id}
              leftSection={id === who.project?.id ? <IconCheck size={14} /> : <span style={{ width: 14 }} />}
              onClick={() => void enter(id).catch(tellFailure)}
            >
              {name}
            </Menu.Item>
          ))}
        </ScrollArea.Autosize>
        <RegionItems />
      </Menu.Dropdown>
    </Menu>
  );
}
