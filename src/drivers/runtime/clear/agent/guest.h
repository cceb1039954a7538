/* The agent in the machine: its parts, and what they share. */
#ifndef HYDRIA_GUEST_H
#define HYDRIA_GUEST_H

#include <sys/types.h>

#include "wire.h"

/* Where things lie in the machine's own first file system. */
#define ROOT "/root"           /* the workload's root, as the overlay of its disks */
#define FILES "/run/files"     /* the workload's files, by number */
#define DISKS "/run/disks"     /* volumes, by number */
#define SYSTEM "/run/system"   /* mounts that wait for the workload */
#define GROUP "/sys/fs/cgroup/workload"
#define BUSYBOX "/bin/busybox" /* the tools of the agent, for archives */

/* Why something failed, to be said in a FAILED frame. */
struct failure {
  uint32_t code;
  char words[512];
};

/* Notes why, with the words of errno unless it is 0, and gives false. */
bool failed(struct failure *why, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* machine.c */
void boot(void);
bool become(const struct buffer *order, struct failure *why);
void set_clock(uint64_t nanoseconds);
void leave_disks(void);
bool limit(const struct buffer *order, struct failure *why);
bool freeze(bool frozen, struct failure *why);
bool memory_ran_out(void);

/* net.c */
void wake_network(void);
bool configure_network(const struct buffer *order, struct failure *why);
bool change_network(const struct buffer *order, struct failure *why);

/* root.c: what a workload sees. In the template, what is the same for each; in the child, all of it. */
void prepare_system(void);
bool enter_root(const struct buffer *order, struct failure *why);

/* process.c */
struct pipes {
  int input, output, errors; /* ours; errors is -1 with a terminal */
};

enum place { WORKLOAD, BESIDE, TOOL, TOOL_OF_LAYER };

/* Starts what the order says; returns its pid, or -1 and why. `workload` = the pid of the workload that it joins. */
pid_t launch(const struct buffer *order, enum place place, pid_t workload, struct pipes *pipes, struct failure *why);
void kill_session(pid_t leader);

/* questions.c */
bool answer(const struct buffer *order, pid_t workload, struct buffer *said, struct failure *why);

#endif
