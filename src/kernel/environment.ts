/** The environment, read here and nowhere else. */
export const environment = (name: string): string | undefined => process.env[name];
