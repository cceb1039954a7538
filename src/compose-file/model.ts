/** What a Compose file asks for, in the cloud's terms. Names of things are those that they get in the cloud. */
export interface Project {
  readonly name: string;
  readonly services: ReadonlyMap<string, Service>;
  readonly networks: ReadonlyMap<string, Network>;
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly secrets: ReadonlyMap<string, Content>;
  readonly configs: ReadonlyMap<string, Content>;
  /** What was said and means nothing here, for people. */
  readonly notes: readonly string[];
}

export type Condition = 'service_started' | 'service_healthy' | 'service_completed_successfully';

export interface Service {
  readonly name: string;
  /** Where it stands, for what goes wrong later: `compose.yaml:12`. */
  readonly place: string;
  readonly image: string;
  readonly command: readonly string[] | undefined;
  readonly entrypoint: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** `80/tcp` */
  readonly ports: readonly string[];
  readonly mounts: readonly Mount[];
  readonly networks: readonly Membership[];
  /** Whose network namespace it shares. */
  readonly sharesWith: string | undefined;
  readonly dependsOn: readonly Dependency[];
  /** As Zun has it; seconds. */
  readonly healthcheck: Readonly<Record<string, string>> | undefined;
  readonly cpu: number | undefined;
  /** MiB. */
  readonly memory: number | undefined;
  readonly restart: { readonly Name: string; readonly MaximumRetryCount?: string } | undefined;
  readonly hostname: string | undefined;
  readonly containerName: string | undefined;
  readonly workdir: string | undefined;
  readonly runtime: string | undefined;
  /** As the container service has it. */
  readonly logging: Readonly<Record<string, string>> | undefined;
  readonly replicas: number;
  readonly profiles: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly privileged: boolean;
}

export interface Rights {
  readonly mode?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** A volume, secret or config by its key in the file; a file by its path. */
export type Mount =
  | {
      readonly kind: 'volume';
      readonly volume: string;
      readonly destination: string;
      readonly readOnly: boolean;
    }
  | { readonly kind: 'file'; readonly path: string; readonly destination: string; readonly place: string }
  | (Rights & { readonly kind: 'secret' | 'config'; readonly source: string; readonly destination: string });

export interface Membership {
  readonly network: string;
  readonly addresses: readonly string[];
}

export interface Dependency {
  readonly service: string;
  readonly condition: Condition;
  readonly required: boolean;
}

export interface Network {
  readonly name: string;
  readonly external: boolean;
  /** Not routed to the outside. */
  readonly internal: boolean;
  readonly subnets: readonly Subnet[];
}

export interface Subnet {
  readonly cidr: string;
  readonly gateway: string | undefined;
}

export interface Volume {
  readonly name: string;
  readonly external: boolean;
  /** GiB. */
  readonly size: number;
  /** The volume type by its name; undefined = the cloud's own choice. */
  readonly type: string | undefined;
}

/** Of a secret or config: from a file, or as it is; external ones are there already. */
export type Content =
  | { readonly kind: 'external'; readonly name: string }
  | { readonly kind: 'file'; readonly name: string; readonly path: string; readonly place: string }
  | { readonly kind: 'text'; readonly name: string; readonly text: string };
