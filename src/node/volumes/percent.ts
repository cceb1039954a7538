/** Tells how far a transfer is, once for each percent. */
export function progress(what: string, total: number, note: (text: string) => void): (done: number) => void {
  let last = -1;
  return (done) => {
    const percent = total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total));
    if (percent === last) return;
    last = percent;
    note(`${what}: ${percent} %`);
  };
}
