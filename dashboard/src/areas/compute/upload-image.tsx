import { Button, FileInput, Group, Progress, Select, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type FormEvent } from 'react';
import { useLocation } from 'wouter';
import { useText } from '../../messages/messages.tsx';
import { Failure } from '../../parts/failure.tsx';
import { valuesOf } from '../../parts/values.ts';
import type { FormProps } from '../../resources/definition.ts';
import { keyOf } from '../../resources/use-resources.ts';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import { useCaller } from '../../session/session.tsx';

/** What an image may be, as Glance calls it: containers' images are `docker`, those of machines are disks. */
const FORMATS = {
  docker: { container_format: 'docker', disk_format: 'raw' },
  qcow2: { container_format: 'bare', disk_format: 'qcow2' },
  raw: { container_format: 'bare', disk_format: 'raw' },
  iso: { container_format: 'bare', disk_format: 'iso' },
} as const;
const isFormat = (name: string): name is keyof typeof FORMATS => name in FORMATS;

interface Wanted {
  readonly name: string;
  readonly format: keyof typeof FORMATS;
  readonly file: File;
}

/** An image that could not be sent whole is taken away again. */
async function upload(
  caller: BrowserCaller,
  { name, format, file }: Wanted,
  told: { readonly told: (part: number) => void; readonly signal: AbortSignal },
): Promise<string> {
  const body = { name, ...FORMATS[format] };
  const { id } = await caller.call<{ id: string }>('image', 'POST', '/v2/images', { body });
  try {
    await caller.upload('image', `/v2/images/${id}/file`, { file, ...told });
  } catch (thrown) {
    await caller.call('image', 'DELETE', `/v2/images/${id}`).catch(() => undefined);
    throw thrown;
  }
  return id;
}

export function UploadImage({ close }: FormProps) {
  const text = useText();
  const caller = useCaller();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [file, setFile] = useState<File | null>(null);
  const [part, setPart] = useState(0);
  const leaving = useRef<AbortController>(undefined);
  const sending = useMutation({
    mutationFn: (wanted: Wanted) => {
      leaving.current = new AbortController();
      return upload(caller, wanted, { told: setPart, signal: leaving.current.signal });
    },
    onSuccess: (id) => {
      close();
      navigate(`/images/${id}`);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keyOf('image') }),
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { name = file?.name ?? '', format = '' } = valuesOf(event.currentTarget);
    if (file && isFormat(format)) sending.mutate({ name, format, file });
  };
  const cancel = () => {
    leaving.current?.abort();
    close();
  };
  return (
    <form onSubmit={send}>
      <Stack gap="sm">
        <FileInput label={text('image.file')} value={file} onChange={setFile} required />
        <TextInput
          name="name"
          label={text('create.name')}
          placeholder={file?.name ?? text('create.optional')}
        />
        <Select
          name="format"
          label={text('column.format')}
          data={Object.keys(FORMATS)}
          defaultValue="docker"
          allowDeselect={false}
        />
        {sending.isPending && <Progress value={part * 100} animated aria-label={text('image.sent')} />}
        {sending.error && <Failure thrown={sending.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={cancel}>
            {text('app.cancel')}
          </Button>
          <Button type="submit" loading={sending.isPending} disabled={!file}>
            {text('image.upload')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
