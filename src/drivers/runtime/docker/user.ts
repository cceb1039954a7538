import { pipeline, type Readable } from 'node:stream';
import { extract } from 'tar-stream';
import type { WorkloadSpec } from '../driver.ts';
import { findUser } from '../user.ts';
import { ignoring, type Engine } from './engine.ts';
import { namesOf } from './handle.ts';

const MAX_BYTES = 1 << 20;
const NUMBERS = /^(\d+(:\d+)?)?$/;

/**
 * Docker looks a user up at the start alone; where these files of the image are links, this leaves it to that.
 * @throws CloudError `bad-request` for one that the made container does not know
 */
export async function checkUser(engine: Engine, { id, user }: WorkloadSpec): Promise<void> {
  if (NUMBERS.test(user)) return;
  const read = async (path: string): Promise<string | undefined> => {
    const url = `/containers/${namesOf(id).workload}/archive`;
    const found = await engine.stream(url, { path }).catch(ignoring('not-found'));
    return found ? contentOf(found) : '';
  };
  const [passwd, group] = await Promise.all([read('/etc/passwd'), read('/etc/group')]);
  if (passwd !== undefined && group !== undefined) findUser({ passwd, group }, user);
}

/** Of the one file in a tar, as much as counts; undefined for what is no file. */
async function contentOf(tar: Readable): Promise<string | undefined> {
  for await (const member of pipeline(tar, extract(), () => {})) {
    if (member.header.type !== 'file') return undefined;
    let text = '';
    for await (const chunk of member as AsyncIterable<unknown>) {
      text += String(chunk);
      if (text.length > MAX_BYTES) break;
    }
    return text;
  }
  return '';
}
