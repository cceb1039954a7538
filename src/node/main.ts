/** Placeholder until the node arrives. */
export const runNode = (configPath: string): Promise<void> =>
  Promise.reject(new Error(`The node is not part of this build (${configPath}).`));

export const stopWorkloads = (_configPath: string): Promise<void> => Promise.resolve();
