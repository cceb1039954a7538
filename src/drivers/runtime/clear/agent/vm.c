/* The process that runs the machine: an unprivileged user of its own, in namespaces of its own, with the files that it was given. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifdef __x86_64__
#define THIS_ARCH AUDIT_ARCH_X86_64
#else
#define THIS_ARCH AUDIT_ARCH_AARCH64
#endif

/* Files that the machine's process is given open, by the names that its arguments use: `{name}` becomes the number. */
struct given {
  const char *name;
  int fd;
};

enum { MOST_GIVEN = 64 };

static struct given given[MOST_GIVEN];
static int given_count;

static void give(const char *name, int fd) {
  if (given_count == MOST_GIVEN) die("too many files for a machine");
  given[given_count++] = (struct given){.name = name, .fd = fd};
}

static int opened(const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC);
  if (fd < 0) die("%s: %s", path, strerror(errno));
  return fd;
}

/* open=<name>;<r|rw>;<path> */
static void open_files(const struct buffer *plan) {
  for (char **each = find_list(plan, "open"); *each; each++) {
    char *name = strtok(*each, ";"), *access = strtok(NULL, ";"), *path = strtok(NULL, "");
    if (path == NULL) die("a file without a path");
    give(name, opened(path, strcmp(access, "rw") == 0 ? O_RDWR : O_RDONLY));
  }
}

/* tap=<name>;<interface>, in the network namespace in which we then stay: what we are asked of it is there. */
static void open_taps(const struct buffer *plan) {
  char *netns = find_text(plan, "netns");
  if (netns == NULL) return;
  int namespace = opened(netns, O_RDONLY);
  if (setns(namespace, CLONE_NEWNET) < 0) die("%s: %s", netns, strerror(errno));
  close(namespace);
  for (char **each = find_list(plan, "tap"); *each; each++) {
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    char *name = strtok(*each, ";"), *interface = strtok(NULL, "");
    if (interface == NULL) die("a tap without a name");
    int fd = opened("/dev/net/tun", O_RDWR | O_NONBLOCK);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
    if (ioctl(fd, TUNSETIFF, &request) < 0) die("%s: %s", interface, strerror(errno));
    give(name, fd);
  }
}

/* bind=<place>;<source>: all that there is to see, and nothing of it to be written. */
static void enter_jail(const struct buffer *plan) {
  char *jail = find_text(plan, "jail"), place[4096];
  if (jail == NULL) return;
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount(jail, jail, NULL, MS_BIND, NULL) < 0) die("the jail: %s", strerror(errno));
  for (char **each = find_list(plan, "bind"); *each; each++) {
    char *at = strtok(*each, ";"), *source = strtok(NULL, "");
    if (source == NULL) die("a bind without a source");
    snprintf(place, sizeof place, "%s%s", jail, at);
    struct stat found;
    bool device = stat(source, &found) == 0 && S_ISCHR(found.st_mode);
    if (mount(source, place, NULL, MS_BIND, NULL) < 0) die("%s in the jail: %s", at, strerror(errno));
    if (mount(NULL, place, NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | (device ? 0 : MS_RDONLY | MS_NODEV), NULL) < 0) die("%s in the jail: %s", at, strerror(errno));
  }
  if (mount(NULL, jail, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, NULL) < 0 || chdir(jail) < 0) die("the jail: %s", strerror(errno));
  if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0) die("the jail: %s", strerror(errno));
}

/* A number that no other living process has: it is made of the pid of the one who stands for the machine. */
static void drop_privileges(const struct buffer *plan, pid_t shim) {
  uid_t user = (uid_t)find_number(plan, "user", 0);
  struct rlimit none = {0, 0}, files = {256, 256};
  setrlimit(RLIMIT_CORE, &none);
  setrlimit(RLIMIT_NOFILE, &files);
  if (user == 0) return;
  user += (uid_t)shim;
  if (syscall(SYS_setgroups, 0, NULL) < 0 || setresgid(user, user, user) < 0 || setresuid(user, user, user) < 0) die("dropping privileges: %s", strerror(errno));
}

static void send_fd(int socket, int fd) {
  char byte = 0, room[CMSG_SPACE(sizeof fd)];
  struct iovec bytes = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  if (sendmsg(socket, &message, 0) < 0) die("handing on: %s", strerror(errno));
}

static int receive_fd(int socket) {
  char byte, room[CMSG_SPACE(sizeof(int))];
  struct iovec bytes = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  int fd = -1;
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) <= 0) return -1;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header) memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

/*
 * QEMU before 8.2 opens the file of a machine's memory for writing, though it maps it privately. All clones share that file, so none may
 * be able to write it: each attempt to open something for writing is told to the shim (seccomp_unotify(2)), which lends a descriptor that can only read.
 */
static int filter_opens(void) {
  struct sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_ACCMODE, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {.len = sizeof instructions / sizeof *instructions, .filter = instructions};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) die("no new privileges: %s", strerror(errno));
  int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  if (listener < 0) die("filtering: %s", strerror(errno));
  return listener;
}

void lend_template(const struct machine *machine) {
  struct seccomp_notif asked = {0};
  struct seccomp_notif_resp answer = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
  char path[4096] = "";
  if (ioctl(machine->opens, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0) return;
  answer.id = asked.id;
  struct iovec here = {.iov_base = path, .iov_len = sizeof path - 1};
  struct iovec there = {.iov_base = (void *)(uintptr_t)asked.data.args[1], .iov_len = sizeof path - 1};
  /* It may end at a page that is not there: the part before is enough. */
  ssize_t length = process_vm_readv((pid_t)asked.pid, &here, 1, &there, 1, 0);
  for (size_t size = 256; length < 0 && size > 16; size /= 2) {
    there.iov_len = size;
    length = process_vm_readv((pid_t)asked.pid, &here, 1, &there, 1, 0);
  }
  if (length > 0 && machine->template && strcmp(path, "/template/memory") == 0) {
    int fd = open(machine->template, O_RDONLY | O_CLOEXEC);
    struct seccomp_notif_addfd lent = {.id = asked.id, .srcfd = (uint32_t)fd, .newfd_flags = O_CLOEXEC, .flags = SECCOMP_ADDFD_FLAG_SEND};
    bool done = fd >= 0 && ioctl(machine->opens, SECCOMP_IOCTL_NOTIF_ADDFD, &lent) >= 0;
    if (fd >= 0) close(fd);
    if (done) return;
    answer = (struct seccomp_notif_resp){.id = asked.id, .error = -EACCES};
  }
  ioctl(machine->opens, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* Puts the numbers of the given files where the arguments name them. */
char *with_numbers(const char *text) {
  char *result = calloc(1, strlen(text) + 64), *end = result;
  while (*text) {
    int number = -1;
    size_t length = 0;
    for (int i = 0; *text == '{' && i < given_count; i++) {
      length = strlen(given[i].name);
      if (strncmp(text + 1, given[i].name, length) == 0 && text[length + 1] == '}') {
        number = given[i].fd;
        break;
      }
    }
    if (number < 0) *end++ = *text++;
    else {
      end += sprintf(end, "%d", number);
      text += length + 2;
    }
  }
  return result;
}

static _Noreturn void become_machine(const struct buffer *plan, pid_t shim, int handshake, int words) {
  char go, **args = find_list(plan, "arg");
  sigset_t none;
  enter_jail(plan);
  drop_privileges(plan, shim);
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  int listener = filter_opens();
  send_fd(handshake, listener);
  close(listener);
  /* Whoever reads nothing here has lost its shim before it could be told so. */
  if (read(handshake, &go, 1) != 1) _exit(0);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int null = open("/dev/null", O_RDONLY);
  dup2(null, 0);
  dup2(words, 1);
  dup2(words, 2);
  for (char **arg = args; *arg; arg++) *arg = with_numbers(*arg);
  for (int i = 0; i < given_count; i++) fcntl(given[i].fd, F_SETFD, 0);
  char *const environment[] = {NULL};
  execve(args[0], args, environment);
  die("%s: %s", args[0], strerror(errno));
}

static int pair(const char *name) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) die("a socket: %s", strerror(errno));
  give(name, ends[1]);
  nonblocking(ends[0]);
  return ends[0];
}

void start_machine(const struct buffer *plan, struct machine *machine) {
  int handshake[2], words[2];
  open_files(plan);
  open_taps(plan);
  machine->agent = pair("agent");
  machine->monitor = pair("monitor");
  machine->template = find_text(plan, "template");
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, handshake) < 0 || pipe2(words, O_CLOEXEC) < 0) die("a socket: %s", strerror(errno));
  pid_t shim = getpid();
  machine->pid = (pid_t)syscall(SYS_clone, CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
  if (machine->pid < 0) die("making the machine's process: %s", strerror(errno));
  if (machine->pid == 0) {
    close(handshake[0]);
    become_machine(plan, shim, handshake[1], words[1]);
  }
  close(handshake[1]);
  close(words[1]);
  machine->words = words[0];
  nonblocking(machine->words);
  machine->opens = receive_fd(handshake[0]);
  if (machine->opens >= 0 && write(handshake[0], "", 1) < 0) machine->opens = -1;
  close(handshake[0]);
  for (int i = 0; i < given_count; i++) close(given[i].fd);
}
