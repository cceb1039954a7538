import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exec, type ExecOptions } from '#kernel/exec.ts';
import { newUuid } from '#kernel/ids.ts';
import { registryFailure } from './failure.ts';
import { domainOf } from './reference.ts';
import { writeSettings, type Login, type RegistryOptions, type SkopeoSettings } from './settings.ts';

export interface SkopeoDeps {
  /** Belongs to this object alone; in memory, as logins lie in it while they are used. */
  readonly secrets: string;
  readonly registries: readonly RegistryOptions[];
}

/** One question to a registry. */
export interface Asking {
  /** Full, with tag or digest; see `referenceText`. */
  readonly reference: string;
  readonly login: Login | null;
  readonly signal?: AbortSignal;
}

export interface RawManifest {
  /** `sha256:…` of its bytes. */
  readonly digest: string;
  readonly text: string;
}

const ASK_TIMEOUT = 60_000;
const COPY_TIMEOUT = 60 * 60_000;
const MANIFEST_BYTES = 4 * 2 ** 20;

/** Registries by way of skopeo(1). It dies with this process, and finds logins nowhere but in memory. */
export class Skopeo {
  readonly #deps: SkopeoDeps;

  constructor(deps: SkopeoDeps) {
    this.#deps = deps;
  }

  /** Takes away what a crash has left. */
  async recover(): Promise<void> {
    await rm(this.#deps.secrets, { recursive: true, force: true });
  }

  /**
   * A manifest or an index as the registry has it.
   * @throws CloudError `not-found`, `forbidden`, `bad-request`, or `unavailable` for what may pass
   */
  async manifest(asking: Asking): Promise<RawManifest> {
    const text = await this.#run(asking, { timeout: ASK_TIMEOUT, maxOutput: MANIFEST_BYTES }, (settings) => [
      'inspect',
      '--raw',
      '--authfile',
      settings.auth,
      '--cert-dir',
      settings.certificates,
      `docker://${asking.reference}`,
    ]);
    return { text, digest: `sha256:${createHash('sha256').update(text).digest('hex')}` };
  }

  /**
   * Copies one image into a new OCI layout. Blobs go to `blobs`, each when it is whole and checked; those that are there
   * are not fetched.
   * @param layout on the file system of `blobs`
   * @throws CloudError as `manifest` does
   */
  async copy(asking: Asking, layout: string, blobs: string): Promise<void> {
    await this.#run(asking, { timeout: COPY_TIMEOUT }, (settings) => [
      'copy',
      '--quiet',
      '--dest-oci-accept-uncompressed-layers',
      '--src-authfile',
      settings.auth,
      '--src-cert-dir',
      settings.certificates,
      '--dest-shared-blob-dir',
      blobs,
      `docker://${asking.reference}`,
      `oci:${layout}`,
    ]);
  }

  async #run(
    { reference, login, signal }: Asking,
    options: ExecOptions,
    command: (settings: SkopeoSettings) => string[],
  ): Promise<string> {
    const { secrets, registries } = this.#deps;
    const directory = join(secrets, newUuid());
    await mkdir(directory, { recursive: true, mode: 0o700 });
    try {
      const settings = await writeSettings(directory, registries, {
        domain: domainOf(reference) ?? '',
        login,
      });
      const general = ['--insecure-policy', '--registries-conf', settings.registries];
      const args = ['--pdeathsig', 'KILL', 'skopeo', ...general, ...command(settings)];
      return (await exec('setpriv', args, { ...options, ...(signal && { signal }) })).stdout;
    } catch (thrown) {
      signal?.throwIfAborted();
      throw registryFailure(reference, thrown);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}
