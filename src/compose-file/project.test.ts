import { expect, it } from 'vitest';
import { badRequest } from '#kernel/errors.ts';
import { readProject } from './project.ts';

interface Around {
  readonly files?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Of several texts, the later over the earlier. */
const read = (texts: string | readonly string[], { files = {}, variables = {} }: Around = {}) =>
  readProject({
    files: [texts]
      .flat()
      .map((text, index) => ({ path: index === 0 ? 'c.yaml' : `c${index + 1}.yaml`, text })),
    name: { asked: undefined, otherwise: 'shop' },
    variables: (name) => variables[name],
    readText: (path) => {
      const text = files[path];
      if (text === undefined) throw badRequest(`There is no file ${path}.`);
      return text;
    },
  });

const serviceOf = (fields: string, more = '') => {
  const text = `services:\n  web:\n    image: hello\n${fields.replaceAll(/^/gm, '    ')}\n${more}`;
  return read(text).services.get('web');
};

it('reads a whole service in the cloud’s terms', () => {
  const fields = `
command: sh -c 'echo "a b"'
entrypoint: [/bin/busybox]
environment: [A=1, B=]
ports: ["8080:80", "53/udp", "127.0.0.1:9000-9001:9000-9001", {target: 443, published: 8443}]
expose: [80]
volumes: ["data:/data:ro", "./a.conf:/etc/a.conf"]
deploy: { replicas: 2, resources: { limits: { cpus: "0.5", memory: 64m } } }
restart: on-failure:3
healthcheck: { test: [CMD, wget, "-q", "http://a b/"], interval: 1m30s, timeout: 500ms, retries: 3 }
logging: { driver: json-file, options: { max-size: 10m, max-file: 3 } }
secrets: [key, {source: key, target: /k, mode: 0400}]
x-anything: { at: all }`;
  const more = 'volumes: { data: { driver_opts: { size: 5g } } }\nsecrets: { key: { file: ./key } }';
  expect(serviceOf(fields, more)).toMatchObject({
    place: 'c.yaml:3',
    command: ['sh', '-c', 'echo "a b"'],
    entrypoint: ['/bin/busybox'],
    environment: { A: '1', B: '' },
    ports: ['80/tcp', '53/udp', '9000/tcp', '9001/tcp', '443/tcp'],
    replicas: 2,
    cpu: 0.5,
    memory: 64,
    logging: { driver: 'file', max_size: '10m', max_files: '3' },
    restart: { Name: 'on-failure', MaximumRetryCount: '3' },
    healthcheck: { cmd: "wget -q 'http://a b/'", interval: '90', timeout: '1', retries: '3' },
    mounts: [
      { kind: 'volume', volume: 'data', destination: '/data', readOnly: true },
      { kind: 'file', path: './a.conf', destination: '/etc/a.conf' },
      { kind: 'secret', source: 'key', destination: '/run/secrets/key' },
      { kind: 'secret', source: 'key', destination: '/k', mode: '0400' },
    ],
    networks: [{ network: 'default', addresses: [] }],
  });
});

it('puts files together: mappings by key, lists in turn, commands whole', () => {
  const base =
    'services: { web: { image: a, command: [x], environment: [A=1, B=2], ports: ["80"], depends_on: [db] }, db: { image: d } }';
  const over =
    'services: { web: { image: b, command: [y], environment: { B: 3 }, ports: ["81"], depends_on: { db: { condition: service_healthy } } } }';
  expect(read([base, over]).services.get('web')).toMatchObject({
    image: 'b',
    command: ['y'],
    environment: { A: '1', B: '3' },
    ports: ['80/tcp', '81/tcp'],
    dependsOn: [{ service: 'db', condition: 'service_healthy', required: true }],
  });
});

it('fills in variables, and what env_file has goes under environment', () => {
  const text = 'services: { web: { image: "hello:${TAG:-1}", env_file: .e, environment: { B: 2, C: } } }';
  const around = { files: { '.e': 'A=1\nB=1' }, variables: { TAG: '7', C: 'c' } };
  expect(read(text, around).services.get('web')).toMatchObject({
    image: 'hello:7',
    environment: { A: '1', B: '2', C: 'c' },
  });
});

it('extends services of this file and of others', () => {
  const text = 'services: { a: { extends: b, command: [y] }, b: { extends: { service: c, file: o.yaml } } }';
  const files = { 'o.yaml': 'services: { c: { image: far, environment: [X=1] } }' };
  expect(read(text, { files }).services.get('a')).toMatchObject({
    image: 'far',
    command: ['y'],
    environment: { X: '1' },
  });
});

const bomb = [
  'a: &a [x]',
  ...'bcdefghij'.split('').map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdefghij'[i]}`).join()}]`),
];

it.each([
  ['services:\n  web:\n    image: a\n    imagine: b', 'c.yaml:4: services.web.imagine: there is no such key'],
  ['services:\n  web:\n    command: x', 'c.yaml:3: services.web.image: it is missing'],
  ['services:\n  web: { image: a }\n  web: { image: b }', 'c.yaml:3'],
  ['services: [', 'c.yaml:1'],
  ['- a', 'is not a mapping'],
  ['services: {}', 'there are no services'],
  ['serves: {}', 'serves: there is no such key'],
  ['name: Bad Name\nservices: { a: { image: x } }', 'is no name of a project'],
  [
    'services:\n  a: { image: x, depends_on: [b] }\n  b: { image: x, depends_on: [a] }',
    'waits for itself: a > b > a',
  ],
  ['services: { a: { image: x, depends_on: [c] } }', 'there is no service c'],
  ['services: { a: { image: x, volumes: ["d:/d"] } }', 'there is no volume d'],
  ['services: { a: { image: x, networks: [n] } }', 'there is no network n'],
  ['services: { a: { image: x, secrets: [s] } }', 'there is no secret s'],
  ['services: { a: { image: x, network_mode: host } }', "'host' is not here"],
  ['services: { a: { image: x, ports: ["99999"] } }', 'is no port'],
  ['services: { a: { image: x, ports: ["1-60000"] } }', 'is no port'],
  ['services: { a: { image: x, mem_limit: lots } }', 'is no size'],
  ['services: { a: { image: x, scale: 1000 } }', 'no number from 0 to 100'],
  ['services: { a: { image: x, container_name: one, scale: 2 } }', 'cannot have one name'],
  ['services: { a: { image: "${NONE:?set it}" } }', 'services.a.image: NONE must be set: set it'],
  ['services: { a: { extends: b }, b: { extends: a } }', 'it extends itself'],
  ['services: { a: { image: x, env_file: nowhere } }', 'There is no file nowhere'],
  [`${bomb.join('\n')}\nservices: { a: { image: x } }`, 'too many aliases'],
  [`a: "${'x'.repeat(1 << 20)}"`, 'is larger than'],
])('refuses %.60s', (text, why) => {
  expect(() => read(text)).toThrow(why);
});
