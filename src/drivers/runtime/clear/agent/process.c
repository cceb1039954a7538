#define _GNU_SOURCE
#include "guest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

struct launching {
  const struct buffer *order;
  enum place place;
  pid_t workload;
  int report;   /* why it failed; closed by exec */
  int terminal; /* a socket for the terminal's other end; -1 = pipes */
  int input, output, errors;
  int group, tool;
};

static pid_t fork_with(unsigned long flags) { return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0); }

/* What comes on the report until exec closes it; short enough to be written in one piece. */
struct report {
  uint32_t pid; /* of the program, in the agent's numbers; 0 = it failed */
  struct failure why;
};

static void tell(const struct launching *launching, const struct report *report) {
  if (write(launching->report, report, sizeof *report) != sizeof *report) _exit(126);
}

static _Noreturn void give_up(const struct launching *launching, const struct failure *why) {
  tell(launching, &(struct report){.why = *why});
  _exit(127);
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
  sendmsg(socket, &message, 0);
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

static bool join_namespaces(pid_t workload, bool all, struct failure *why) {
  static const char *const names[] = {"cgroup", "pid", "mnt"};
  int fds[3];
  char path[64];
  for (int i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "/proc/%d/ns/%s", workload, names[i]);
    fds[i] = open(path, O_RDONLY | O_CLOEXEC);
    if (fds[i] < 0) return failed(why, ESRCH, "the workload has ended");
  }
  for (int i = all ? 0 : 2; i < 3; i++)
    if (setns(fds[i], 0) < 0) return failed(why, errno, "joining the workload");
  return true;
}

/* A terminal of the workload's own devpts as the three standard files and the controlling one. */
static bool take_terminal(struct launching *launching, uid_t owner, struct failure *why) {
  int other = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), unlocked = 0;
  if (other < 0) return failed(why, errno, "opening a terminal");
  ioctl(other, TIOCSPTLCK, &unlocked);
  int own = ioctl(other, TIOCGPTPEER, O_RDWR | O_NOCTTY);
  if (own < 0) return failed(why, errno, "opening a terminal");
  struct winsize size = {
      .ws_row = (unsigned short)find_number(launching->order, "rows", 24),
      .ws_col = (unsigned short)find_number(launching->order, "columns", 80),
  };
  ioctl(own, TIOCSWINSZ, &size);
  if (fchown(own, owner, (gid_t)-1) < 0 || ioctl(own, TIOCSCTTY, 0) < 0) return failed(why, errno, "taking the terminal");
  send_fd(launching->terminal, other);
  launching->input = launching->output = launching->errors = own;
  return true;
}

static bool take_rights(const struct buffer *order, struct failure *why) {
  uint64_t capabilities = find_number(order, "capabilities", 0);
  uid_t uid = (uid_t)find_number(order, "uid", 0);
  gid_t gid = (gid_t)find_number(order, "gid", 0);
  char **listed = find_list(order, "group");
  gid_t groups[256];
  size_t count = 0;
  for (; listed[count] && count < 256; count++) groups[count] = (gid_t)strtoul(listed[count], NULL, 10);
  for (unsigned long number = 0; number < 64; number++)
    if (!(capabilities >> number & 1) && prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1) prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
  if (setgroups(count, groups) < 0 || setresgid(gid, gid, gid) < 0) return failed(why, errno, "taking the groups");
  prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
  if (setresuid(uid, uid, uid) < 0) return failed(why, errno, "becoming the user");
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct halves[2];
  for (int half = 0; half < 2; half++)
    halves[half] = (struct __user_cap_data_struct){
        .effective = (uint32_t)(capabilities >> (32 * half)),
        .permitted = (uint32_t)(capabilities >> (32 * half)),
    };
  if (syscall(SYS_capset, &header, halves) < 0) return failed(why, errno, "taking the capabilities");
  return true;
}

static bool take_filter(const struct buffer *order, struct failure *why) {
  if (find_number(order, "no-new-privileges", 0)) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  struct record record;
  for (size_t at = 0; next_record(order, &at, &record) > 0;) {
    if (!is_named(&record, "seccomp") || record.length == 0) continue;
    struct sock_filter *instructions = malloc(record.length);
    if (instructions == NULL) return failed(why, ENOMEM, "loading the filter");
    memcpy(instructions, record.value, record.length);
    struct sock_fprog program = {.len = (unsigned short)(record.length / sizeof *instructions), .filter = instructions};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) return failed(why, errno, "loading the filter");
  }
  return true;
}

/* execvpe(3) by the workload's own PATH, with words that tell what was looked for. */
static _Noreturn void run_program(const struct launching *launching, struct failure *why) {
  char **args = find_list(launching->order, "arg"), **env = find_list(launching->order, "env");
  if (launching->tool >= 0) syscall(SYS_execveat, launching->tool, "", args, env, AT_EMPTY_PATH);
  const char *program = args[0] ? args[0] : "", *path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (char **variable = env; *variable; variable++)
    if (strncmp(*variable, "PATH=", 5) == 0) path = *variable + 5;
  int reason = ENOENT;
  if (strchr(program, '/')) {
    execve(program, args, env);
    reason = errno;
  } else {
    while (*path && *program) {
      size_t length = strcspn(path, ":");
      char *file;
      if (asprintf(&file, "%.*s/%s", (int)length, length ? path : ".", program) < 0) break;
      execve(file, args, env);
      if (errno != ENOENT && errno != ENOTDIR) reason = errno;
      path += length + (path[length] == ':');
    }
  }
  if (reason == ENOENT)
    failed(why, reason, "executable file `%s` not found%s", program, strchr(program, '/') ? "" : " in $PATH");
  else
    failed(why, reason, "open executable `%s`", program);
  give_up(launching, why);
}

static bool enter_folder(const struct buffer *order, struct failure *why) {
  char *folder = find_text(order, "folder");
  if (folder == NULL || *folder == 0 || chdir(folder) == 0) return true;
  return failed(why, errno, "chdir to the working directory `%s`", folder);
}

/* The image may lack the folder it names: it is made, as root's. */
static void make_folder(const struct buffer *order) {
  char *folder = find_text(order, "folder");
  if (folder == NULL) return;
  for (char *at = folder; *at; at++) {
    if (*at != '/' || at == folder) continue;
    *at = 0;
    mkdir(folder, 0755);
    *at = '/';
  }
  mkdir(folder, 0755);
}

static void keep_only_standard_files(const struct launching *launching) {
  dup2(launching->input, 0);
  dup2(launching->output, 1);
  dup2(launching->errors, 2);
  /* The report and the tool are closed by exec. */
  for (int fd = 3; fd < 256; fd++) fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static _Noreturn void become_program(struct launching *launching) {
  struct failure why;
  const struct buffer *order = launching->order;
  uint64_t files = find_number(order, "open-files", 0);
  struct rlimit open_files = {.rlim_cur = files, .rlim_max = files};
  sigset_t none;
  setsid();
  if (launching->place == WORKLOAD) make_folder(order);
  if (launching->terminal >= 0 && !take_terminal(launching, (uid_t)find_number(order, "uid", 0), &why)) give_up(launching, &why);
  keep_only_standard_files(launching);
  if (files > 0 && setrlimit(RLIMIT_NOFILE, &open_files) < 0) failed(&why, errno, "limiting open files");
  umask(0022);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  bool whole = launching->place == TOOL || launching->place == TOOL_OF_LAYER;
  /* Who may gain privileges can load a filter only as long as it has them. */
  bool late = find_number(order, "no-new-privileges", 0) != 0;
  if (!whole && !late && !take_filter(order, &why)) give_up(launching, &why);
  if (!whole && (!take_rights(order, &why) || !enter_folder(order, &why))) give_up(launching, &why);
  if (!whole && late && !take_filter(order, &why)) give_up(launching, &why);
  run_program(launching, &why);
}

static _Noreturn void begin_workload(struct launching *launching) {
  struct failure why;
  if (write(launching->group, "0", 1) < 0 || unshare(CLONE_NEWCGROUP) < 0) {
    failed(&why, errno, "joining the control group");
    give_up(launching, &why);
  }
  if (!enter_root(launching->order, &why)) give_up(launching, &why);
  become_program(launching);
}

/* Joins the workload and forks once more, into its process namespace, as the agent's own child. */
static _Noreturn void begin_beside(struct launching *launching) {
  struct failure why;
  bool beside = launching->place == BESIDE;
  if (beside && write(launching->group, "0", 1) < 0) {
    failed(&why, errno, "joining the control group");
    give_up(launching, &why);
  }
  if (launching->place == TOOL_OF_LAYER || launching->workload == 0) {
    if (chroot(ROOT) < 0 || chdir("/") < 0) give_up(launching, (failed(&why, errno, "entering the root"), &why));
  } else if (!join_namespaces(launching->workload, beside, &why))
    give_up(launching, &why);
  pid_t child = fork_with(CLONE_PARENT);
  if (child == 0) become_program(launching);
  if (child < 0) give_up(launching, (failed(&why, errno, "making the process"), &why));
  tell(launching, &(struct report){.pid = (uint32_t)child});
  _exit(0);
}

static bool make_pipes(struct launching *launching, struct pipes *pipes, struct failure *why) {
  int input[2], output[2], errors[2], sockets[2];
  if (find_number(launching->order, "terminal", 0)) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0) return failed(why, errno, "making a socket");
    launching->terminal = sockets[1];
    *pipes = (struct pipes){.input = sockets[0], .output = -1, .errors = -1};
    return true;
  }
  /* One pipe for both keeps their order. */
  bool joined = find_number(launching->order, "joined", 0) != 0;
  if (pipe2(input, O_CLOEXEC) < 0 || pipe2(output, O_CLOEXEC) < 0 || (!joined && pipe2(errors, O_CLOEXEC) < 0))
    return failed(why, errno, "making pipes");
  launching->input = input[0];
  launching->output = output[1];
  launching->errors = joined ? fcntl(output[1], F_DUPFD_CLOEXEC, 3) : errors[1];
  *pipes = (struct pipes){.input = input[1], .output = output[0], .errors = joined ? -1 : errors[0]};
  return true;
}

static void close_all(const int *fds, int count) {
  for (int i = 0; i < count; i++)
    if (fds[i] >= 0) close(fds[i]);
}

/* Waits for exec, or for why there was none. */
static pid_t hear_report(int fd, pid_t child, struct failure *why) {
  struct report report;
  bool failed = false;
  for (ssize_t length; (length = read(fd, &report, sizeof report)) != 0;) {
    if (length < 0 && errno == EINTR) continue;
    if (length != sizeof report) return -1;
    if (report.pid > 0) child = (pid_t)report.pid;
    else *why = report.why, failed = true;
  }
  return failed ? -1 : child;
}

pid_t launch(const struct buffer *order, enum place place, pid_t workload, struct pipes *pipes, struct failure *why) {
  struct launching launching = {
      .order = order, .place = place, .workload = workload, .terminal = -1, .input = -1, .output = -1, .errors = -1, .tool = -1};
  int report[2];
  if (!make_pipes(&launching, pipes, why)) return -1;
  if (pipe2(report, O_CLOEXEC) < 0) return failed(why, errno, "making a pipe"), -1;
  launching.report = report[1];
  launching.group = open(GROUP "/cgroup.procs", O_WRONLY | O_CLOEXEC);
  if (place >= TOOL) launching.tool = open(BUSYBOX, O_RDONLY | O_CLOEXEC);
  pid_t child = fork_with(place == WORKLOAD ? CLONE_NEWPID | CLONE_NEWNS : 0);
  if (child == 0 && place == WORKLOAD) begin_workload(&launching);
  if (child == 0) begin_beside(&launching);
  close_all((int[]){launching.input, launching.output, launching.errors, launching.terminal, launching.group, launching.tool, report[1]}, 7);
  if (child < 0) failed(why, errno, "making the process");
  if (launching.terminal >= 0) {
    int socket = pipes->input;
    pipes->input = pipes->output = receive_fd(socket);
    close(socket);
  }
  if (child > 0) child = hear_report(report[0], child, why);
  close(report[0]);
  if (child < 0) close_all((int[]){pipes->input, pipes->errors, pipes->output == pipes->input ? -1 : pipes->output}, 3);
  return child;
}

/* Field 6 of proc_pid_stat(5). */
static pid_t session_of(const char *pid) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%s/stat", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  text[length > 0 ? length : 0] = 0;
  const char *rest = strrchr(text, ')');
  int session = -1;
  if (rest) sscanf(rest, ") %*c %*d %*d %d", &session);
  return session;
}

void kill_session(pid_t leader) {
  DIR *proc = opendir("/proc");
  if (proc == NULL) return;
  for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
    pid_t pid = (pid_t)atoi(entry->d_name);
    if (pid > 1 && (pid == leader || session_of(entry->d_name) == leader)) kill(pid, SIGKILL);
  }
  closedir(proc);
}
