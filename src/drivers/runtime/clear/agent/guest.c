/* The agent's loop in the machine: one port, one thread, the workload and its commands. */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

struct process {
  pid_t pid; /* 0 = none */
  struct pipes pipes;
  struct buffer input;
  bool input_over, ended;
  uint32_t code, allowed;
  struct buffer order; /* of what is to be started, while it comes in parts */
};

static struct channel port;
static struct process processes[STREAMS];
static pid_t workload; /* 0 = there is none */

/* Enough of what a process says for one trip; more waits in its pipe. */
enum { TRIP = 16384, WAITING = 262144 };

static void close_end(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static void forget(struct process *process) {
  if (process->pipes.output != process->pipes.input) close_end(&process->pipes.output);
  close_end(&process->pipes.input);
  close_end(&process->pipes.errors);
  release(&process->input);
  release(&process->order);
  memset(process, 0, sizeof *process);
  process->pipes = (struct pipes){-1, -1, -1};
}

static void refuse(uint16_t stream, const struct failure *why) {
  uint8_t payload[4 + sizeof why->words];
  size_t length = strlen(why->words);
  put_u32(payload, why->code);
  memcpy(payload + 4, why->words, length);
  say(&port, FAILED, stream, payload, (uint32_t)(4 + length));
}

static void start(uint16_t stream, struct process *process, enum place place) {
  struct failure why = {0};
  process->pid = launch(&process->order, place, workload, &process->pipes, &why);
  if (process->pid < 0) {
    refuse(stream, &why);
    process->pid = 0;
    process->pipes = (struct pipes){-1, -1, -1};
    forget(process);
    return;
  }
  process->allowed = WINDOW;
  nonblocking(process->pipes.input);
  nonblocking(process->pipes.output);
  if (process->pipes.errors >= 0) nonblocking(process->pipes.errors);
  if (!find_number(&process->order, "input", 0) && process->pipes.input != process->pipes.output) close_end(&process->pipes.input);
  release(&process->order);
  if (stream == 0) workload = process->pid;
  say(&port, BEGAN, stream, NULL, 0);
}

/* `idle=1`: the machine's disks for those who look at them, and no workload. */
static void run(struct process *process) {
  struct failure why = {0};
  bool idle = find_number(&process->order, "idle", 0) != 0;
  if (!become(&process->order, &why)) {
    refuse(0, &why);
    forget(process);
  } else if (idle) {
    forget(process);
    say(&port, BEGAN, 0, NULL, 0);
  } else
    start(0, process, WORKLOAD);
}

static void execute(uint16_t stream, struct process *process) {
  struct failure why = {0};
  char *tool = find_text(&process->order, "tool");
  if (tool) start(stream, process, strcmp(tool, "layer") == 0 ? TOOL_OF_LAYER : TOOL);
  else if (workload) start(stream, process, BESIDE);
  else {
    failed(&why, ESRCH, "nothing runs");
    refuse(stream, &why);
    forget(process);
  }
  free(tool);
}

static void reply(uint16_t stream, struct process *process) {
  struct buffer said = {0};
  struct failure why = {0};
  if (!answer(&process->order, workload, &said, &why)) refuse(stream, &why);
  else {
    for (size_t length; (length = held(&said)) > 0; consume(&said, length)) {
      if (length > MAX_PAYLOAD) length = MAX_PAYLOAD;
      say(&port, OUTPUT, stream, said.data + said.start, (uint32_t)length);
    }
    say(&port, BEGAN, stream, NULL, 0);
  }
  release(&said);
  forget(process);
}

static void take_order(const struct frame *frame, struct process *process) {
  if (held(&process->order) + frame->length > MAX_ORDER) die("an order is too long");
  append(&process->order, frame->payload, frame->length);
  if (frame->type == ORDER) return;
  bool idle = process->pid == 0;
  if (frame->type == RUN && idle && frame->stream == 0) run(process);
  else if (frame->type == EXEC && idle && frame->stream > 0) execute(frame->stream, process);
  else if (frame->type == ASK && idle && frame->stream > 0) reply(frame->stream, process);
  else release(&process->order);
}

static void resize(struct process *process, const struct frame *frame) {
  if (frame->length < 4 || process->pipes.output < 0) return;
  struct winsize size = {.ws_row = get_u16(frame->payload), .ws_col = get_u16(frame->payload + 2)};
  ioctl(process->pipes.output, TIOCSWINSZ, &size);
}

static void hang_up(struct process *process) {
  if (process->pid > 0 && !process->ended) kill_session(process->pid);
  process->allowed = UINT32_MAX / 2; /* nobody hears it any more; it must not wait for that */
}

static void heed(const struct frame *frame) {
  struct process *process = &processes[frame->stream];
  switch (frame->type) {
    case ORDER: case RUN: case EXEC: case ASK: take_order(frame, process); break;
    case INPUT:
      if (process->pid == 0) break;
      if (frame->length == 0) process->input_over = true;
      append(&process->input, frame->payload, frame->length);
      break;
    case SIGNAL:
      if (process->pid > 0 && !process->ended && frame->length >= 4) kill(process->pid, (int)get_u32(frame->payload));
      break;
    case RESIZE: resize(process, frame); break;
    case HANGUP: hang_up(process); break;
    case CLOCK: if (frame->length >= 8) set_clock(get_u64(frame->payload)); break;
    case ALLOW: if (frame->length >= 4) process->allowed += get_u32(frame->payload); break;
    default: break;
  }
}

/* Gives the process what was typed; the end of it where it has pipes (a terminal has its own sign for that). */
static void feed(uint16_t stream, struct process *process) {
  int fd = process->pipes.input;
  size_t before = held(&process->input);
  while (fd >= 0 && held(&process->input) > 0) {
    ssize_t length = write(fd, process->input.data + process->input.start, held(&process->input));
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && errno == EAGAIN) break;
    consume(&process->input, length < 0 ? held(&process->input) : (size_t)length);
  }
  if (fd < 0) consume(&process->input, held(&process->input));
  size_t taken = before - held(&process->input);
  if (taken > 0) say_number(&port, ALLOW, stream, (uint32_t)taken);
  if (!process->input_over || held(&process->input) > 0 || fd < 0) return;
  if (fd != process->pipes.output) close_end(&process->pipes.input);
}

/* Carries what one end of the process says. */
static void listen_to(uint16_t stream, struct process *process, int *fd, uint8_t type) {
  static uint8_t bytes[TRIP];
  while (*fd >= 0 && process->allowed > 0 && held(&port.out) < WAITING) {
    size_t most = process->allowed < TRIP ? process->allowed : TRIP;
    ssize_t length = read(*fd, bytes, most);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (length <= 0) {
      /* A terminal's other side is closed, or there is no writer any more. */
      if (fd == &process->pipes.output && process->pipes.input == *fd) process->pipes.input = -1;
      close_end(fd);
      return;
    }
    process->allowed -= (uint32_t)length;
    say(&port, type, stream, bytes, (uint32_t)length);
  }
}

static bool has_more_to_say(int fd) {
  struct pollfd look = {.fd = fd, .events = POLLIN};
  return fd >= 0 && poll(&look, 1, 0) > 0 && (look.revents & POLLIN);
}

static void report_end(uint16_t stream, struct process *process) {
  uint8_t payload[8];
  if (has_more_to_say(process->pipes.output) || has_more_to_say(process->pipes.errors)) return;
  if (stream == 0) {
    workload = 0;
    leave_disks();
  }
  put_u32(payload, process->code);
  put_u32(payload + 4, stream == 0 && memory_ran_out());
  say(&port, EXITED, stream, payload, sizeof payload);
  forget(process);
}

static void reap(int signals) {
  struct signalfd_siginfo info;
  int status;
  while (read(signals, &info, sizeof info) > 0);
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
    for (int stream = 0; stream < STREAMS; stream++) {
      struct process *process = &processes[stream];
      if (process->pid != pid) continue;
      process->ended = true;
      process->code = WIFSIGNALED(status) ? 128 + (uint32_t)WTERMSIG(status) : (uint32_t)WEXITSTATUS(status);
    }
}

static void wait_for_something(int signals) {
  static struct pollfd all[2 + 3 * STREAMS];
  nfds_t count = 0;
  bool room = held(&port.out) < WAITING;
  all[count++] = (struct pollfd){.fd = port.fd, .events = (short)(POLLIN | (held(&port.out) ? POLLOUT : 0))};
  all[count++] = (struct pollfd){.fd = signals, .events = POLLIN};
  for (int stream = 0; stream < STREAMS; stream++) {
    struct process *process = &processes[stream];
    if (process->pid == 0) continue;
    bool hear = room && process->allowed > 0;
    if (hear && process->pipes.output >= 0) all[count++] = (struct pollfd){.fd = process->pipes.output, .events = POLLIN};
    if (hear && process->pipes.errors >= 0) all[count++] = (struct pollfd){.fd = process->pipes.errors, .events = POLLIN};
    if (held(&process->input) && process->pipes.input >= 0) all[count++] = (struct pollfd){.fd = process->pipes.input, .events = POLLOUT};
  }
  poll(all, count, -1);
  /* The template's port has no other side for a moment; that is no reason to run in circles. */
  if (all[0].revents & POLLHUP && !(all[0].revents & POLLIN)) usleep(10000);
}

static void carry(void) {
  for (int stream = 0; stream < STREAMS; stream++) {
    struct process *process = &processes[stream];
    if (process->pid == 0) continue;
    feed((uint16_t)stream, process);
    listen_to((uint16_t)stream, process, &process->pipes.output, OUTPUT);
    listen_to((uint16_t)stream, process, &process->pipes.errors, ERRORS);
    if (process->ended) report_end((uint16_t)stream, process);
  }
}

static int open_port(void) {
  for (int tries = 0; tries < 3000; tries++) {
    int fd = open("/dev/vport0p1", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) return fd;
    usleep(10000);
  }
  die("agent: there is no port");
}

int guest_main(void) {
  sigset_t children;
  struct frame frame;
  boot();
  for (int stream = 0; stream < STREAMS; stream++) processes[stream].pipes = (struct pipes){-1, -1, -1};
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, NULL);
  signal(SIGPIPE, SIG_IGN);
  int signals = signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
  port.fd = open_port();
  say(&port, HELLO, 0, NULL, 0);
  for (int sound;;) {
    flush(&port);
    wait_for_something(signals);
    fill(&port);
    while ((sound = next_frame(&port, &frame)) > 0) heed(&frame);
    if (sound < 0) die("agent: the host says what is no frame");
    reap(signals);
    carry();
  }
}
