/** What this browser keeps of somebody's taste: never anything of a cloud's. */
export const remembered = <T extends string>(name: string) => ({
  get: (): T | null => localStorage.getItem(`hydria.${name}`) as T | null,
  set: (value: T): void => localStorage.setItem(`hydria.${name}`, value),
});
