/* What the node asks of a machine, and is answered at once. */
#define _GNU_SOURCE
#include "guest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void put_record(struct buffer *said, const char *name, const void *value, size_t length) {
  uint8_t size[4];
  size_t name_length = strlen(name);
  put_u32(size, (uint32_t)(name_length + 1 + length));
  append(said, size, sizeof size);
  append(said, name, name_length);
  append(said, "=", 1);
  append(said, value, length);
}

static size_t content(const char *path, char *room, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? -1 : read(fd, room, size);
  if (fd >= 0) close(fd);
  return length > 0 ? (size_t)length : 0;
}

static void put_file(struct buffer *said, const char *name, const char *path) {
  char room[4096];
  put_record(said, name, room, content(path, room, sizeof room));
}

static bool same_namespace(pid_t workload, const char *pid) {
  char path[300], own[64] = "", theirs[64] = "";
  snprintf(path, sizeof path, "/proc/%d/ns/pid", workload);
  if (readlink(path, own, sizeof own - 1) < 0) return false;
  snprintf(path, sizeof path, "/proc/%s/ns/pid", pid);
  return readlink(path, theirs, sizeof theirs - 1) >= 0 && strcmp(own, theirs) == 0;
}

/* process=<proc_pid_status(5)>\0<proc_pid_stat(5)>\0<command line, with its zeros> */
static void put_process(struct buffer *said, const char *pid) {
  static char text[16384];
  char path[300];
  size_t length = 0;
  static const char *const files[] = {"status", "stat", "cmdline"};
  for (int i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "/proc/%s/%s", pid, files[i]);
    length += content(path, text + length, 5000);
    if (i < 2) text[length++] = 0;
  }
  put_record(said, "process", text, length);
}

static bool tell_processes(pid_t workload, struct buffer *said) {
  put_file(said, "uptime", "/proc/uptime");
  DIR *proc = opendir("/proc");
  for (struct dirent *entry; proc && (entry = readdir(proc)) != NULL;)
    if (atoi(entry->d_name) > 1 && same_namespace(workload, entry->d_name)) put_process(said, entry->d_name);
  if (proc) closedir(proc);
  return true;
}

static bool tell_usage(struct buffer *said) {
  put_file(said, "memory", GROUP "/memory.current");
  put_file(said, "memory.stat", GROUP "/memory.stat");
  put_file(said, "processes", GROUP "/pids.current");
  put_file(said, "block", "/sys/block/vdb/stat");
  put_file(said, "image", "/sys/block/vda/stat");
  return true;
}

/* In a process of its own, because it goes where the workload is. */
static void look(const char *path, pid_t workload, int out) {
  char at[64], target[4096];
  struct stat found;
  if (workload > 0) {
    snprintf(at, sizeof at, "/proc/%d/ns/mnt", workload);
    int fd = open(at, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNS) < 0) _exit(ESRCH);
  } else if (chroot(ROOT) < 0 || chdir("/") < 0)
    _exit(errno);
  size_t length = strlen(path);
  bool follow = length > 0 && path[length - 1] == '/';
  if ((follow ? stat(path, &found) : lstat(path, &found)) < 0) _exit(errno);
  ssize_t linked = S_ISLNK(found.st_mode) ? readlink(path, target, sizeof target) : 0;
  dprintf(out, "%o %lld %lld.%09ld ", found.st_mode, (long long)found.st_size, (long long)found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
  if (linked > 0 && write(out, target, (size_t)linked) < 0) _exit(EIO);
  _exit(0);
}

/* stat=<mode, octal> <size> <time of change, seconds> <what a link says> */
static bool tell_stat(const struct buffer *order, pid_t workload, struct buffer *said, struct failure *why) {
  char *path = find_text(order, "path"), room[8192];
  int ends[2], status = 0;
  if (path == NULL || pipe2(ends, O_CLOEXEC) < 0) return failed(why, EINVAL, "looking");
  pid_t child = fork();
  if (child == 0) look(path, workload, ends[1]);
  close(ends[1]);
  size_t length = 0;
  for (ssize_t more; child > 0 && (more = read(ends[0], room + length, sizeof room - length)) > 0;) length += (size_t)more;
  close(ends[0]);
  if (child > 0) waitpid(child, &status, 0);
  if (length == 0) return failed(why, WEXITSTATUS(status) ? WEXITSTATUS(status) : EIO, "%s", path);
  put_record(said, "stat", room, length);
  free(path);
  return true;
}

bool answer(const struct buffer *order, pid_t workload, struct buffer *said, struct failure *why) {
  char *what = find_text(order, "what");
  if (what == NULL) return failed(why, EINVAL, "nothing was asked");
  if (strcmp(what, "processes") == 0) return tell_processes(workload, said);
  if (strcmp(what, "usage") == 0) return tell_usage(said);
  if (strcmp(what, "stat") == 0) return tell_stat(order, workload, said, why);
  if (strcmp(what, "kill") == 0) return workload == 0 || kill(workload, SIGKILL) == 0 || failed(why, errno, "killing");
  if (strcmp(what, "freeze") == 0) return freeze(true, why);
  if (strcmp(what, "thaw") == 0) return freeze(false, why);
  if (strcmp(what, "limit") == 0) return limit(order, why);
  if (strcmp(what, "sync") == 0) return sync(), true;
  if (strcmp(what, "network") == 0) return change_network(order, why);
  return failed(why, ENOSYS, "%s", what);
}
