/* One program, three places: the first process of a machine, and on the host what stands for the machine and for a command in it. */
#include <string.h>

int guest_main(void);
int shim_main(int count, char **words);
int exec_main(int count, char **words);

int main(int count, char **words) {
  if (count > 0 && strcmp(words[0], "/init") == 0) return guest_main();
  return count > 1 && strcmp(words[1], "exec") == 0 ? exec_main(count, words) : shim_main(count, words);
}
