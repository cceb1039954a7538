import { FileVolumeDriver } from '#drivers/volume/file/driver.ts';

/** Snapshots a volume, says which step it has reached, and waits there to be killed. */
const [directory = '', id = '', volumeId = ''] = process.argv.slice(2);
const driver = new FileVolumeDriver({
  directory,
  step: (done) => {
    process.stdout.write(`${done}\n`);
    setInterval(() => {}, 60_000);
    return new Promise<never>(() => {});
  },
});
await driver.recover();
await driver.ensureSnapshot(id, volumeId);
