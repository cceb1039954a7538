import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useText } from '../messages/messages.tsx';

export function CopyText({ value }: { value: string }) {
  const text = useText();
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Tooltip label={text(copied ? 'app.copied' : 'app.copy')}>
          <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={text('app.copy')}>
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
