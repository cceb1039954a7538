import { Checkbox, Group, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Containers, type LogLine, type ShownContainer } from '../../../../../src/sdk/containers.ts';
import { useText } from '../../../messages/messages.tsx';
import { Failure } from '../../../parts/failure.tsx';
import { useCaller } from '../../../session/session.tsx';

const MOST_LINES = 2_000;
const TAIL = '500';

/** What a container has written, and goes on to write. */
export function Logs({ item: { uuid, status } }: { readonly item: ShownContainer }) {
  const text = useText();
  const [search, setSearch] = useState('');
  const [follow, setFollow] = useState(true);
  const [grep] = useDebouncedValue(search, 300);
  const { lines, failure, again } = useLines(uuid, status, grep);
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, follow]);
  return (
    <div className="panel logs">
      <Group p="xs" justify="space-between">
        <TextInput
          size="xs"
          w={260}
          leftSection={<IconSearch size={14} />}
          placeholder={text('workload.searchLogs')}
          aria-label={text('workload.searchLogs')}
          value={search}
          data-key="/"
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Checkbox
          size="xs"
          label={text('workload.follow')}
          checked={follow}
          onChange={(event) => setFollow(event.currentTarget.checked)}
        />
      </Group>
      {failure !== undefined && <Failure thrown={failure} retry={again} />}
      <div className="log" ref={box} tabIndex={0} role="log" aria-label={text('workload.logs')}>
        {lines.length === 0 && <span className="quiet">{text('workload.noLogs')}</span>}
        {lines.map(({ time, stream, text: words }, index) => (
          <div key={index} className={stream === 'stderr' ? 'log-stderr' : ''}>
            <span className="log-time">{time.slice(11, 23)}</span>
            {words}
          </div>
        ))}
      </div>
    </div>
  );
}

/** The last lines, and those that come; a container that starts again is read again. */
function useLines(uuid: string, status: string, grep: string) {
  const caller = useCaller();
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [failure, setFailure] = useState<unknown>();
  const [tries, setTries] = useState(0);
  const isReadable = status !== 'Creating';
  useEffect(() => {
    if (!isReadable) return;
    const leaving = new AbortController();
    const gathered: LogLine[] = [];
    let drawing = 0;
    const draw = () => {
      drawing = 0;
      setLines(gathered.slice(-MOST_LINES));
    };
    const read = async () => {
      const filter = { tail: TAIL, grep: grep === '' ? undefined : grep };
      for await (const line of new Containers(caller).follow(uuid, filter, leaving.signal)) {
        gathered.push(line);
        drawing ||= requestAnimationFrame(draw);
      }
    };
    setLines([]);
    setFailure(undefined);
    read().catch((thrown: unknown) => leaving.signal.aborted || setFailure(thrown));
    return () => {
      leaving.abort();
      cancelAnimationFrame(drawing);
    };
  }, [caller, uuid, grep, isReadable, status, tries]);
  return { lines, failure, again: () => setTries(tries + 1) };
}
