/** Placeholder until the control plane arrives. */
export const runControl = (configPath: string): Promise<void> =>
  Promise.reject(new Error(`The control plane is not part of this build (${configPath}).`));
