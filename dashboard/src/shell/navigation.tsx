import { NavLink, ScrollArea, Text } from '@mantine/core';
import { Link, useLocation } from 'wouter';
import { useText } from '../messages/messages.tsx';
import type { ShownPage } from './routes.tsx';

const isAt = (path: string, page: string): boolean =>
  path === page || (page !== '/' && path.startsWith(`${page}/`));

export function Navigation({
  pages,
  chosen,
}: {
  readonly pages: readonly ShownPage[];
  readonly chosen: () => void;
}) {
  const text = useText();
  const [path] = useLocation();
  return (
    <ScrollArea type="auto">
      {[...Map.groupBy(pages, ({ section }) => section)].map(([section, own]) => (
        <div key={section} className="section">
          {section && (
            <Text className="section-title" fz="xs">
              {text(section)}
            </Text>
          )}
          {own.map(({ path: page, title, icon: Icon }) => (
            <NavLink
              key={page}
              component={Link}
              href={page}
              active={isAt(path, page)}
              aria-current={isAt(path, page) ? 'page' : undefined}
              label={text(title)}
              leftSection={<Icon size={17} stroke={1.6} />}
              onClick={chosen}
            />
          ))}
        </div>
      ))}
    </ScrollArea>
  );
}
