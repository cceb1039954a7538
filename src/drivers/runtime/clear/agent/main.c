/* One program, two places: the first process of a machine, and the shim that stands for the machine on the host. */
#include <string.h>

int guest_main(void);
int shim_main(int count, char **words);

int main(int count, char **words) { return count > 0 && strcmp(words[0], "/init") == 0 ? guest_main() : shim_main(count, words); }
