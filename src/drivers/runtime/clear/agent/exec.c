/*
 * Stands for one command in a machine, as a process on the host: an OCI runtime's `exec`, as containerd calls it. Its input, output,
 * signals and exit code are the command's, which lives no longer than it.
 */
#define _GNU_SOURCE
#include "shim.h"
#include "standard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* As whoever is killed with its machine. */
enum { GONE = 128 + SIGKILL, MOST_WHY = 1024, MOST_OUT = WINDOW + 4096 };

static struct channel shim;
static struct standard own = {.far = &shim, .input_allowed = WINDOW};
static bool has_terminal;
static int report = -1;

static void tell(const char *why, size_t length) {
  if (report < 0) return;
  if (write(report, why, length) < 0) length = 0;
  close(report);
  report = -1;
}

static _Noreturn void finish(int code) {
  write_last_words(&own);
  exit(code);
}

static void tell_size(void) {
  uint8_t size[4];
  if (has_terminal && terminal_size(size) && get_u16(size) > 0) say(&shim, RESIZE, 0, size, sizeof size);
}

static void heed(const struct frame *frame) {
  switch (frame->type) {
    case BEGAN:
      tell("", 1);
      tell_size();
      own.reads_input = true;
      break;
    case FAILED:
      if (frame->length > 4) tell((const char *)frame->payload + 4, frame->length - 4);
      finish(GONE);
    case OUTPUT:
    case ERRORS: {
      int number = frame->type == OUTPUT ? 1 : 2;
      append(&own.out[number], frame->payload, frame->length);
      if (held(&own.out[number]) > MOST_OUT) finish(GONE);
      break;
    }
    case EXITED: finish(frame->length >= 4 ? (int)(get_u32(frame->payload) & 0xff) : GONE);
    case ALLOW: if (frame->length >= 4) own.input_allowed += get_u32(frame->payload); break;
    default: break;
  }
}

static void hear_shim(void) {
  struct frame frame;
  int sound = 0, there = fill(&shim);
  while ((sound = next_frame(&shim, &frame)) > 0) heed(&frame);
  if (!there || sound < 0) finish(GONE);
}

static void heed_signal(int signals) {
  struct signalfd_siginfo info;
  if (read(signals, &info, sizeof info) != sizeof info) return;
  if (info.ssi_signo == SIGWINCH) tell_size();
  else if (info.ssi_signo != SIGPIPE && info.ssi_signo != SIGCHLD) say_number(&shim, SIGNAL, 0, info.ssi_signo);
}

static void connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  shim.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (shim.fd < 0 || connect(shim.fd, (struct sockaddr *)&address, sizeof address) < 0) {
    static const char away[] = "the machine is not running";
    tell(away, sizeof away - 1);
    exit(GONE);
  }
  nonblocking(shim.fd);
}

static void send_order(struct buffer *order) {
  for (; held(order) > MAX_PAYLOAD; consume(order, MAX_PAYLOAD)) say(&shim, ORDER, 0, order->data + order->start, MAX_PAYLOAD);
  say(&shim, EXEC, 0, order->data + order->start, (uint32_t)held(order));
  release(order);
}

static _Noreturn void stand_for_command(const char *socket_path, struct buffer *order, const char *console_socket) {
  sigset_t every_signal;
  sigfillset(&every_signal);
  sigprocmask(SIG_SETMASK, &every_signal, NULL);
  prctl(PR_SET_NAME, "clear-exec", 0, 0, 0);
  connect_to(socket_path);
  has_terminal = console_socket != NULL;
  if (console_socket) take_terminal(console_socket);
  else setsid();
  int signals = signalfd(-1, &every_signal, SFD_CLOEXEC | SFD_NONBLOCK);
  nonblocking(1);
  nonblocking(2);
  send_order(order);
  for (;;) {
    write_standard(&own, 1);
    write_standard(&own, 2);
    if (!flush(&shim)) finish(GONE);
    struct pollfd all[] = {
        {.fd = shim.fd, .events = (short)(POLLIN | (held(&shim.out) ? POLLOUT : 0))},
        {.fd = signals, .events = POLLIN},
        {.fd = own.reads_input && own.input_allowed > 0 ? 0 : -1, .events = POLLIN},
        {.fd = held(&own.out[1]) ? 1 : -1, .events = POLLOUT},
        {.fd = held(&own.out[2]) ? 2 : -1, .events = POLLOUT},
    };
    if (poll(all, sizeof all / sizeof *all, -1) < 0 && errno != EINTR) finish(GONE);
    if (all[0].revents & (POLLIN | POLLHUP)) hear_shim();
    if (all[1].revents) heed_signal(signals);
    if (all[2].revents) read_standard(&own);
  }
}

/* exec --socket <the shim's> --order <records> --failure <file for why not> --pid-file <file> [--console-socket <socket>] */
int exec_main(int count, char **given) {
  char why[MOST_WHY];
  int ends[2];
  struct buffer order = {0};
  const char *socket_path = option(count, given, "--socket"), *order_path = option(count, given, "--order");
  const char *failure = option(count, given, "--failure"), *console_socket = option(count, given, "--console-socket");
  if (socket_path == NULL || order_path == NULL) die("usage: exec --socket <socket> --order <file>");
  read_whole(order_path, &order);
  if (pipe2(ends, O_CLOEXEC) < 0) die("a pipe: %s", strerror(errno));
  pid_t command = fork();
  if (command < 0) die("a process: %s", strerror(errno));
  if (command == 0) {
    report = ends[1];
    close(ends[0]);
    stand_for_command(socket_path, &order, console_socket);
  }
  close(ends[1]);
  size_t length = hear_report(ends[0], why, sizeof why);
  if (length > 0 && why[0] == 0) {
    write_pid(option(count, given, "--pid-file"), command);
    return 0;
  }
  if (length == 0) length = (size_t)snprintf(why, sizeof why, "the machine ended");
  FILE *file = failure ? fopen(failure, "we") : NULL;
  if (file) fputs(why, file), fclose(file);
  return 70;
}
