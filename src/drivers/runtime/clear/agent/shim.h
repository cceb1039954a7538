/* The shim on the host: its parts, and what they share. */
#ifndef HYDRIA_SHIM_H
#define HYDRIA_SHIM_H

#include <sys/types.h>

#include "wire.h"

/* A machine that was started: our ends of what it is connected to. */
struct machine {
  pid_t pid;
  int agent, monitor, words, opens;
  char *template; /* the file that it is lent to read; see vm.c */
};

/* shim.c, for all that stands for something on the host */
void read_whole(const char *path, struct buffer *into);
const char *option(int count, char **words_given, const char *name);
/* What a child says of its start: a zero byte, or why not as text; nothing when it ended. */
size_t hear_report(int fd, char *why, size_t room);
void write_pid(const char *path, pid_t pid);

/* vm.c */
void start_machine(const struct buffer *plan, struct machine *machine);
/* Puts the numbers of the given files where a text names them: `{state}`. */
char *with_numbers(const char *text);
void lend_template(const struct machine *machine);

/* terminal.c */
void take_terminal(const char *console_socket);
bool terminal_size(uint8_t size[4]);

#endif
