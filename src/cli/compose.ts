export const compose = async (_args: readonly string[]): Promise<number> => 2;
