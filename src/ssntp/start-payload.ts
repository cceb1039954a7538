import { Type, type Static } from 'typebox';
import { yamlPayload, type PayloadCodec } from './yaml-payload.ts';

const text = () => Type.String({ default: '' });
const flag = () => Type.Boolean({ default: false });
const count = () => Type.Integer({ default: 0 });

const Networking = Type.Object({
  vnic_mac: text(),
  vnic_uuid: text(),
  concentrator_uuid: text(),
  concentrator_ip: text(),
  subnet: text(),
  subnet_key: text(),
  subnet_uuid: text(),
  private_ip: text(),
  public_ip: text(),
});

const Storage = Type.Object({
  id: text(),
  boot: flag(),
  boot_index: text(),
  ephemeral: flag(),
  local: flag(),
  swap: flag(),
  tag: text(),
  size: count(),
});

const Requirements = Type.Object({
  mem_mb: count(),
  vcpus: count(),
  node_id: text(),
  hostname: text(),
  network_node: flag(),
  privileged: flag(),
});

const StartCommand = Type.Object({
  start: Type.Object({
    tenant_uuid: text(),
    instance_uuid: Type.String({ minLength: 1 }),
    docker_image: text(),
    fw_type: Type.Enum(['efi', 'legacy', ''], { default: '' }),
    persistence: Type.Enum(['all', 'vm', 'host', ''], { default: '' }),
    vm_type: Type.Enum(['qemu', 'docker', ''], { default: '' }),
    networking: Type.Optional(Networking),
    storage: Type.Array(Storage, { default: [] }),
    requirements: Type.Optional(Requirements),
    restart: flag(),
  }),
});
export type StartCommand = Static<typeof StartCommand>;

export interface Start extends StartCommand {
  /** The cloud-init document as it is, comments and all; empty when there is none. */
  readonly userData: string;
  /** The JSON document, {uuid, hostname}; empty when there is none. */
  readonly metadata: string;
}

const command = yamlPayload('START', StartCommand);

/** START: the command, then between `---` and `...` the cloud-init document, then the metadata. */
export const start: PayloadCodec<Start> = {
  encode({ userData, metadata, ...value }) {
    const head = Buffer.from(command.encode(value)).toString('utf8');
    const tail = userData || metadata ? `---\n${line(userData)}...\n${line(metadata)}` : '';
    return Buffer.from(head + tail);
  },
  decode(bytes) {
    const { head, userData, metadata } = split(Buffer.from(bytes).toString('utf8'));
    return { ...command.decode(Buffer.from(head)), userData, metadata };
  },
};

const line = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

/** The first `---` line after the command opens cloud-init, the last `...` line closes it: it may have such lines of its own. */
function split(text: string): { head: string; userData: string; metadata: string } {
  const lines = text.split(/(?<=\n)/);
  if (isMark('---')(lines[0] ?? '')) lines.shift();
  const last = lines.findLastIndex((line) => line.trim() !== '');
  if (isMark('...')(lines[last] ?? '')) lines.length = last;
  const open = orEnd(lines.findIndex(isMark('---')), lines);
  const close = Math.max(open, orEnd(lines.findLastIndex(isMark('...')), lines));
  const metadata = lines.slice(close + 1);
  if (isMark('---')(metadata[0] ?? '')) metadata.shift();
  return {
    head: lines
      .slice(0, open)
      .filter((line) => !isMark('...')(line))
      .join(''),
    userData: lines.slice(open + 1, close).join(''),
    metadata: metadata.join(''),
  };
}

const isMark = (mark: string) => (line: string) => line.trimEnd() === mark;
const orEnd = (index: number, lines: readonly string[]): number => (index === -1 ? lines.length : index);
