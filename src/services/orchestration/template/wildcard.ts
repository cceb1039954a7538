/** Whether a name fits a pattern in which `*` is any text and `?` any character. Takes no longer than both are long. */
export function fitsWildcard(name: string, pattern: string): boolean {
  let at = 0;
  let within = 0;
  let star = -1;
  let from = 0;
  while (at < name.length) {
    if (pattern[within] === '*') {
      star = within++;
      from = at;
    } else if (pattern[within] === '?' || pattern[within] === name[at]) {
      at += 1;
      within += 1;
    } else if (star >= 0) {
      // The star takes one more.
      within = star + 1;
      at = ++from;
    } else return false;
  }
  while (pattern[within] === '*') within += 1;
  return within === pattern.length;
}
