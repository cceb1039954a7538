import { badRequest, unavailable } from '#kernel/errors.ts';
import { parseReference } from '#oci/registry/reference.ts';
import type { RegistryPuller } from '#oci/registry/puller.ts';
import type { Login } from '#oci/registry/settings.ts';
import type { ImageSource, LayerStore } from '#oci/layer-store.ts';
import type { PinnedImage } from './images.ts';
import type { RegistryImage } from './protocol.ts';
import { imageKey } from './workload-facts.ts';

/**
 * The login with which a container's image is pulled; null = none is needed as far as control knows.
 * @throws CloudError `unavailable` while control is away
 */
export type GetRegistryLogin = (container: string, signal: AbortSignal) => Promise<Login | null>;

/** What references were found to mean on this machine. */
export interface ReferenceMemory {
  digestOf(reference: string): string | undefined;
  rememberReference(reference: string, digest: string): void;
}

/** What it needs of the node and of control. */
export interface RegistryControl {
  readonly memory: ReferenceMemory;
  readonly getLogin: GetRegistryLogin;
}

export interface RegistryImagesDeps extends RegistryControl {
  readonly puller: Pick<RegistryPuller, 'resolve' | 'source'>;
  readonly layers: Pick<LayerStore, 'find'>;
}

/** Images that this node pulls itself. Logins come from control when they are needed, and are kept nowhere. */
export class RegistryImages {
  readonly #deps: RegistryImagesDeps;

  constructor(deps: RegistryImagesDeps) {
    this.#deps = deps;
  }

  /**
   * `always` asks the registry, also for what is here: it may mean another image now, and may not be everybody's.
   * @returns the digest of what the reference means for this container from now on
   */
  async resolve({ reference, pull }: RegistryImage, container: string, signal: AbortSignal): Promise<string> {
    const { puller, memory, getLogin } = this.#deps;
    const here = pull === 'always' ? undefined : this.#here(reference);
    if (here !== undefined) return here;
    if (pull === 'never')
      throw badRequest(`Image ${reference} is not on this node, and its pull policy is never.`);
    const login = await getLogin(container, signal);
    const digest = await puller.resolve({ reference, login, signal });
    memory.rememberReference(reference, digest);
    return digest;
  }

  /** A login that is not to be had fails this pull, but not for good: others may share it who have one. */
  source({ reference, digest, container }: PinnedImage): ImageSource {
    const { puller, getLogin } = this.#deps;
    return puller.source(reference, digest, (signal) =>
      getLogin(container, signal).catch((cause: unknown) => {
        throw unavailable(`The login for image ${reference} is not to be had now.`, { cause });
      }),
    );
  }

  #here(reference: string): string | undefined {
    const digest = parseReference(reference, null).digest ?? this.#deps.memory.digestOf(reference);
    return digest !== undefined && this.#deps.layers.find(imageKey({ digest })) ? digest : undefined;
  }
}
