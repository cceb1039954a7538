import type { Container } from '../model/container.ts';
import type { Mount } from '../model/mount.ts';

/** Our own: Zun shows none. What is in files and secrets is not shown. */
export const mountsView = ({ settings: { mounts = [], secretEnv = [] } }: Container) => ({
  mounts: [
    ...mounts.map(mountView),
    ...secretEnv.map(({ name, secretId }) => ({ type: 'secret', source: secretId, env: name })),
  ],
});

function mountView(mount: Mount) {
  const { destination } = mount;
  if (mount.kind === 'volume') {
    const { volumeId, madeSize, readOnly } = mount;
    return { type: 'volume', source: volumeId, size: madeSize, destination, read_only: readOnly };
  }
  const source = mount.kind === 'secret' ? mount.secretId : null;
  const mode = mount.mode.toString(8).padStart(4, '0');
  const type = mount.kind === 'secret' ? 'secret' : 'bind';
  return { type, source, destination, mode, uid: mount.uid, gid: mount.gid };
}
