import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Type, type Static, type TProperties } from 'typebox';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { CloudError } from './errors.ts';

const port = (description: string) => Type.Integer({ minimum: 0, maximum: 65535, description });

const count = (maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, description }));

const Passwords = Type.Object(
  {
    regex: Type.Optional(Type.String({ description: 'What a new password must match from its beginning.' })),
    regexDescription: Type.Optional(
      Type.String({ description: 'The same in words, for whoever is refused.' }),
    ),
    uniqueLast: count(50, 'How many passwords of a user, the new one included, must differ.'),
    minimumAgeDays: count(365, 'How long a password is used before its user may change it again.'),
    expiryDays: count(3650, 'How long a password is good for.'),
    changeUponFirstUse: Type.Optional(
      Type.Boolean({ description: 'A password that an administrator has set must be changed first.' }),
    ),
    lockoutFailures: count(1000, 'After so many failures in a row a user is locked out.'),
    lockoutSeconds: count(31_536_000, 'For how long; without it, for good.'),
    disableInactiveDays: count(3650, 'Users who were away for so long are disabled.'),
  },
  { additionalProperties: false },
);

const Tokens = Type.Object(
  {
    lifetimeSeconds: count(604_800, 'How long a token lives; default one hour.'),
    rotateDays: count(3650, 'After so many days a new key signs tokens; without it, when somebody asks.'),
  },
  { additionalProperties: false },
);

const volumeBackend = <Name extends string, Own extends TProperties>(driver: Name, own: Own) =>
  Type.Object(
    {
      name: Type.String({
        description: 'What volume types know it by.',
        pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$',
      }),
      driver: Type.Literal(driver, { description: 'How it keeps volumes.' }),
      ...own,
    },
    { additionalProperties: false },
  );
const closed = <P extends TProperties>(fields: P) => Type.Object(fields, { additionalProperties: false });
const texts = (description: string) => Type.Optional(Type.Array(Type.String(), { description }));

const storeNames = {
  id: Type.String({ description: 'What users call the store.', pattern: '^[\\w.-]{1,64}$' }),
  description: Type.Optional(Type.String({ description: 'What users read of it.' })),
};
const ImageStoreSchema = Type.Union([
  closed({
    ...storeNames,
    kind: Type.Literal('file'),
    directory: Type.Optional(
      Type.String({ description: 'Where the files are; default `images` below the data of control.' }),
    ),
  }),
  closed({
    ...storeNames,
    kind: Type.Literal('s3'),
    endpoint: Type.String({ description: 'URL without the bucket.', pattern: '^https?://[^/]+(/.*[^/])?$' }),
    region: Type.String({ description: 'Region that requests are signed for.' }),
    bucket: Type.String({ description: 'A bucket that is there.' }),
    prefix: Type.Optional(Type.String({ description: 'Stands before the names of objects.' })),
  }),
]);

const ImageSchema = closed({
  stores: Type.Optional(
    Type.Array(ImageStoreSchema, {
      minItems: 1,
      description:
        'Where images are kept; the first takes what names no store. The keys of S3 stores are in secrets.yaml.',
    }),
  ),
  conversion: Type.Optional(
    Type.Union([Type.Literal('none'), Type.Literal('raw'), Type.Literal('qcow2')], {
      description: 'What imported disks are turned into; default none.',
    }),
  ),
  download: Type.Optional(
    closed({
      schemes: texts('URL schemes that web-download takes; default http and https.'),
      ports: Type.Optional(
        Type.Array(port('A port.'), { description: 'Ports that it goes to; default 80 and 443.' }),
      ),
      hosts: texts('The only hosts that it goes to; default all.'),
      refusedHosts: texts('Hosts that it does not go to.'),
      networks: texts('Networks (CIDR) that it may reach although they are not of the public internet.'),
    }),
  ),
});
const numbers = (description: string) =>
  Type.Optional(
    Type.Object(
      { first: Type.Integer({ minimum: 1 }), last: Type.Integer({ minimum: 1 }) },
      { additionalProperties: false, description },
    ),
  );

const Networks = Type.Object(
  {
    physicalNetworks: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ minLength: 1, description: 'As in `node.physicalNetworks`.' }),
            vlans: numbers('VLANs that networks without a wish are given; without it, only those asked for.'),
            mtu: Type.Optional(Type.Integer({ minimum: 68, maximum: 65_535, description: 'Default 1500.' })),
          },
          { additionalProperties: false },
        ),
        { description: 'Networks of the building that flat and vlan networks may be in.' },
      ),
    ),
    vnis: numbers('VXLAN numbers that networks are given; default all.'),
  },
  { additionalProperties: false },
);

const Log = Type.Object(
  {
    level: Type.Union(
      ['debug', 'info', 'warn', 'error'].map((level) => Type.Literal(level)),
      { description: 'The least serious messages that are still written.' },
    ),
  },
  { additionalProperties: false },
);

const Kuryr = Type.Object(
  {
    clouds: Type.String({ description: 'A `clouds.yaml` with the credentials to use Neutron with.' }),
    cloud: Type.Optional(Type.String({ description: 'Which cloud of that file; default `hydria`.' })),
    host: Type.Optional(
      Type.String({ description: "Name of this host in Neutron; default the node's, or the machine's." }),
    ),
    socket: Type.Optional(
      Type.String({ description: 'Where dockerd looks; default `/run/docker/plugins/kuryr.sock`.' }),
    ),
    cniSocket: Type.Optional(
      Type.String({ description: 'Where the CNI plug-in asks; default `/run/hydria/cni.sock`.' }),
    ),
    listen: Type.Optional(
      Type.Object(
        {
          host: Type.String({ description: 'Address to listen on instead of the socket.' }),
          port: port('Port of it; kuryr-libnetwork has 23750.'),
          spec: Type.Optional(
            Type.String({ description: 'File by which dockerd finds it: `/etc/docker/plugins/kuryr.json`.' }),
          ),
        },
        { additionalProperties: false },
      ),
    ),
    scope: Type.Optional(
      Type.Union([Type.Literal('local'), Type.Literal('global')], {
        description: 'Whether each Docker has networks of its own; default `local`.',
      }),
    ),
  },
  { additionalProperties: false },
);

const RemoteService = (what: string) =>
  Type.Optional(
    closed({ url: Type.String({ description: `Where ${what} is; default what its catalogue says.` }) }),
  );

const Remote = closed({
  identity: closed({
    url: Type.String({ description: 'Where its Keystone is.', pattern: '^https?://[^/]+(/.*)?$' }),
    username: Type.String({ description: 'A user of ours there; the password is in secrets.yaml.' }),
    project: Type.String({ description: 'In which it has the roles `admin` and `service`.' }),
    userDomain: Type.Optional(Type.String({ description: "Name of the user's domain; default Default." })),
    projectDomain: Type.Optional(
      Type.String({ description: "Name of the project's domain; default Default." }),
    ),
    interface: Type.Optional(
      Type.Union(
        ['public', 'internal', 'admin'].map((name) => Type.Literal(name)),
        {
          description: 'Which of its endpoints control uses; default internal.',
        },
      ),
    ),
  }),
  image: RemoteService('its Glance'),
  network: RemoteService('its Neutron'),
});

/** `/etc/hydria/config.yaml`. Everything that a person may set, with its meaning; the reference page is generated from here. */
export const ConfigSchema = Type.Object(
  {
    data: Type.String({ description: 'Directory of what must survive: database, images, workloads.' }),
    run: Type.String({ description: 'Directory of what lives until the next boot: sockets, pid files.' }),
    http: Type.Object(
      {
        host: Type.String({ description: 'Address on which the APIs listen.' }),
        port: port('Port of all APIs.'),
        publicUrl: Type.String({
          description: 'Where clients reach the APIs, without a slash at the end.',
          pattern: '^https?://[^/]+(/.*[^/])?$',
        }),
      },
      { additionalProperties: false },
    ),
    ssntp: Type.Object(
      {
        host: Type.String({ description: 'Address of control: it listens there, nodes dial it.' }),
        port: port('Port to which nodes connect.'),
        pki: Type.Optional(
          Type.String({ description: 'Directory of certificates and keys; default `pki` beside this file.' }),
        ),
      },
      { additionalProperties: false },
    ),
    database: Type.Union(
      [
        Type.Object({ kind: Type.Literal('sqlite') }, { additionalProperties: false }),
        Type.Object({ kind: Type.Literal('postgres'), url: Type.String() }, { additionalProperties: false }),
      ],
      { description: 'SQLite is a file below `data`; PostgreSQL is wherever its URL says.' },
    ),
    region: Type.String({ description: 'Name of the region in the catalogue.' }),
    user: Type.Optional(
      Type.String({ description: 'The unprivileged user that control becomes; empty = stay.' }),
    ),
    identity: Type.Optional(
      Type.Object(
        { passwords: Type.Optional(Passwords), tokens: Type.Optional(Tokens) },
        { additionalProperties: false },
      ),
    ),
    network: Type.Optional(Networks),
    externalNetwork: Type.Object(
      {
        cidr: Type.String({
          description: 'Range of the `public` network, from which floating IPs are taken.',
        }),
        gateway: Type.String({ description: "The machine's own address in it." }),
      },
      { additionalProperties: false },
    ),
    containers: Type.Optional(
      Type.Object(
        {
          imageDriver: Type.Optional(
            Type.Union([Type.Literal('glance'), Type.Literal('docker')], {
              description:
                'Where images of containers come from that do not say: the image service (default), or a registry.',
            }),
          ),
          defaultRegistry: Type.Optional(
            Type.String({
              description: 'Registry of image names without one, perhaps with a path; none by default.',
              pattern: '^([^/]*[.:][^/]*|localhost)(/.*[^/])?$',
            }),
          ),
          consoleTicketSeconds: count(3600, 'How long the URL of a console may be opened; default 60.'),
          consoleOrigins: texts("Hosts of web pages, beside the cloud's own, that may open consoles."),
          archiveLimit: Type.Optional(
            Type.Integer({
              description: 'MiB of files that go in or out of a container in one call; default 64.',
              minimum: 1,
              maximum: 256,
            }),
          ),
          imageLimit: Type.Optional(
            Type.Integer({
              description: 'GiB of files of a container that becomes an image; default 10.',
              minimum: 1,
            }),
          ),
        },
        { additionalProperties: false },
      ),
    ),
    registries: Type.Optional(
      Type.Array(
        Type.Object(
          {
            domain: Type.String({ description: 'The registry as images name it: host, and port if any.' }),
            location: Type.Optional(
              Type.String({ description: 'Where it really is, perhaps with a path; default `domain`.' }),
            ),
            mirrors: Type.Optional(
              Type.Array(Type.String(), { description: 'Places that are asked before it, in this order.' }),
            ),
            ca: Type.Optional(
              Type.String({ description: 'PEM file of the authorities of the registry and its mirrors.' }),
            ),
            insecure: Type.Optional(
              Type.Boolean({ description: 'Whether plain HTTP and unknown certificates are good enough.' }),
            ),
          },
          { additionalProperties: false },
        ),
        { description: 'Registries of container images that are not reached by their name alone.' },
      ),
    ),
    image: Type.Optional(ImageSchema),
    orchestration: Type.Optional(
      closed({
        dockerEndpoints: texts(
          'Docker Engines of this machine (`unix://…`, loopback) that templates may name as docker_endpoint; default none. Whoever may use one is root here.',
        ),
      }),
    ),
    log: Log,
    volumes: Type.Optional(
      Type.Object(
        {
          backups: Type.Optional(
            closed({
              driver: Type.Literal('folder', { description: 'How control keeps backups of volumes.' }),
              directory: Type.Optional(
                Type.String({
                  description: "Where; default `backups` below `data`. Control's user writes it.",
                  pattern: '^/',
                }),
              ),
            }),
          ),
          backends: Type.Optional(
            Type.Array(
              Type.Union([
                volumeBackend('file', {
                  directory: Type.Optional(
                    Type.String({ description: 'Where; default `node/volumes` below `data`.' }),
                  ),
                }),
                volumeBackend('lvm', {
                  group: Type.String({ description: 'The volume group.' }),
                  pool: Type.Optional(Type.String({ description: 'The thin pool in it; default `hydria`.' })),
                  device: Type.Optional(
                    Type.String({
                      description: 'Where both are made when they are not there: an empty disk.',
                    }),
                  ),
                }),
              ]),
              { description: 'Where this machine keeps volumes; default one of files, named `file`.' },
            ),
          ),
        },
        { additionalProperties: false },
      ),
    ),
    node: Type.Optional(
      Type.Object(
        {
          hostname: Type.Optional(Type.String({ description: "Name of this node; default the machine's." })),
          address: Type.Optional(
            Type.String({
              description:
                'Where other nodes send what is for workloads here; default the address from which it dials control.',
            }),
          ),
          physicalNetworks: Type.Optional(
            Type.Record(Type.String(), Type.String(), {
              description:
                'Interfaces of this machine by the names of the physical networks that they are in.',
            }),
          ),
          labels: Type.Optional(
            Type.Record(Type.String(), Type.String(), {
              description:
                'What hints of containers (`label:<name>`) choose this node by; `availability_zone` is its zone, default `nova`.',
            }),
          ),
          dedicatedCpus: Type.Optional(
            Type.String({
              description:
                'CPUs of which containers with `cpu_policy dedicated` have some to themselves, as `2-7`; all others share the rest. Default: none.',
              pattern: '^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$',
            }),
          ),
          cgroup: Type.Optional(Type.String({ description: 'Parent cgroup of the workloads.' })),
          clear: Type.Optional(
            Type.Object(
              {
                mergeMemory: Type.Optional(
                  Type.Boolean({
                    description:
                      'Whether the kernel looks for equal pages of the machines of the runtime `clear` (KSM) and keeps one of them: that saves memory, takes processor time, and lets a tenant find out, by how long a write takes, that another has the same page. Default false.',
                  }),
                ),
              },
              { additionalProperties: false },
            ),
          ),
          docker: Type.Optional(
            Type.Object(
              {
                socket: Type.Optional(
                  Type.String({
                    description:
                      'Of dockerd, for the runtime `docker`; default `/var/run/docker.sock`. Without a dockerd the node does not offer it.',
                    pattern: '^/',
                  }),
                ),
              },
              { additionalProperties: false },
            ),
          ),
          prefix: Type.Optional(
            Type.String({
              description: 'Prefix of network interfaces and namespaces.',
              pattern: '^[a-z]{1,3}$',
            }),
          ),
        },
        { additionalProperties: false },
      ),
    ),
    kuryr: Type.Optional(Kuryr),
    remote: Type.Optional(Remote),
  },
  { additionalProperties: false },
);

/** What `hydria kuryr` reads of the same file, or of one that has nothing else: it needs no cloud of ours. */
const KuryrFile = Compile(Type.Object({ kuryr: Kuryr, log: Type.Optional(Log) }));

const SecretsSchema = Type.Object({
  adminPassword: Type.String({ minLength: 8 }),
  /** Base64url, 32 bytes each: what a new cloud signs tokens with; later keys are in the database. */
  tokenKeys: Type.Array(Type.String({ minLength: 43 }), { minItems: 1 }),
  /** Base64url, 32 bytes each: wrap the keys that encrypt secrets at rest; the first wraps, all unwrap. */
  masterKeys: Type.Array(Type.String({ minLength: 43 }), { minItems: 1 }),
  /** The cloud's own logins at registries, for whoever has none. */
  registries: Type.Optional(
    Type.Array(Type.Object({ domain: Type.String(), username: Type.String(), password: Type.String() })),
  ),
  /** Of the user in `remote.identity`. */
  remotePassword: Type.Optional(Type.String({ minLength: 1 })),
  /** Keys of the S3 stores of images, by their ids. */
  imageStores: Type.Optional(
    Type.Record(Type.String(), Type.Object({ accessKeyId: Type.String(), secretAccessKey: Type.String() })),
  ),
});

export type Config = Readonly<Static<typeof ConfigSchema>> & { readonly pki: string };
export type RemoteConfig = Static<typeof Remote>;
export type KuryrConfig = Static<typeof Kuryr>;
export type Secrets = Readonly<Static<typeof SecretsSchema>>;

const config = Compile(ConfigSchema);
const secrets = Compile(SecretsSchema);

/** @throws CloudError `bad-request` that names the file and the field. */
export async function loadConfig(path: string): Promise<Config> {
  const value = await readYaml(path);
  if (!config.Check(value)) throw invalid(path, config.Errors(value)[0]);
  return Object.freeze({ ...value, pki: value.ssntp.pki ?? join(dirname(path), 'pki') });
}

/** @throws CloudError `bad-request` that names the file and the field. */
export async function loadKuryrConfig(
  path: string,
): Promise<{ readonly kuryr: KuryrConfig; readonly level: string }> {
  const value = await readYaml(path);
  if (!KuryrFile.Check(value)) throw invalid(path, KuryrFile.Errors(value)[0]);
  return { kuryr: value.kuryr, level: value.log?.level ?? 'info' };
}

/** The secrets beside a config file: only control reads them. */
export async function loadSecrets(configPath: string): Promise<Secrets> {
  const path = join(dirname(configPath), 'secrets.yaml');
  const value = await readYaml(path);
  if (!secrets.Check(value)) throw invalid(path, secrets.Errors(value)[0]);
  return Object.freeze(value);
}

async function readYaml(path: string): Promise<unknown> {
  try {
    return parse(await readFile(path, 'utf8')) as unknown;
  } catch (cause) {
    throw new CloudError('bad-request', `Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

const invalid = (path: string, error: { instancePath: string; message: string } | undefined): CloudError =>
  new CloudError('bad-request', `${path}: ${error?.instancePath || '/'} ${error?.message ?? 'is invalid'}`);
