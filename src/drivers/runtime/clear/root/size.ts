/** The apparent size of every disk of a machine: a clone's must be as large as its template's. The files are sparse. */
export const MACHINE_DISK_BYTES = 2 ** 40;
