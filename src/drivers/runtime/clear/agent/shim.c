/*
 * Stands for a machine on the host, as its workload's only process there: an OCI runtime's `create`, as conmon and containerd call it.
 * Its input, output, signals and exit code are the workload's. On its socket the node runs commands and asks questions.
 *
 * The bundle's file `machine` is the plan, of records:
 *   arg, open, tap, netns, jail, bind, template, user   see vm.c
 *   group=<cgroup.procs>   the control groups to be in
 *   socket=<path>          where the node finds us
 *   order=<path>           records for the agent: who it is, and what it runs
 *   monitor=<text>         said to QEMU's monitor at once
 *   input=1, terminal=1, hold=1 (run it when a client says RUN), seconds=<until it must have begun>
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
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CLOCK_SECONDS = 30, LOST = 255, MOST_WORDS = 4096, SLACK = 4096, MOST_ANSWERED = 8 << 20 };

struct client {
  struct channel channel; /* fd -1 = nobody */
  bool busy;              /* the machine has the number in use */
};

static struct machine machine;
static struct channel agent;
static struct client clients[STREAMS];
static struct standard own = {.far = &agent, .input_allowed = WINDOW};
static struct buffer words, heard;
static struct buffer plan;
static const char *bundle;
static bool resumed, ran, began, held_back;
static int report = -1, listener, starter = -1;

void read_whole(const char *path, struct buffer *into) {
  uint8_t bytes[65536];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) die("%s: %s", path, strerror(errno));
  for (ssize_t length; (length = read(fd, bytes, sizeof bytes)) != 0;) {
    if (length < 0) die("%s: %s", path, strerror(errno));
    append(into, bytes, (size_t)length);
  }
  close(fd);
}

static void leave_note(const char *name, const char *text) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", bundle, name);
  int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return;
  if (write(fd, text, strlen(text)) < 0) unlink(path);
  close(fd);
}

static _Noreturn void finish(int code) {
  char *socket = find_text(&plan, "socket");
  for (int stream = 1; stream < STREAMS; stream++)
    if (clients[stream].channel.fd >= 0) flush(&clients[stream].channel);
  kill(machine.pid, SIGKILL);
  waitpid(machine.pid, NULL, 0);
  if (socket) unlink(socket);
  exit(code);
}

/* Tells whoever called `create` how it went: nothing, or why not. */
static void tell(const char *why, size_t length) {
  if (report < 0) return;
  if (length > 0 && write(report, why, length) < 0) length = 0;
  if (length == 0 && write(report, "", 1) < 0) report = -1;
  close(report);
  report = -1;
}

/* The machine ended by itself, or does what none of ours does. */
static _Noreturn void lose(const char *why) {
  char text[MOST_WORDS + 512];
  if (words.end > words.start) snprintf(text, sizeof text, "the machine ended: %s: %.*s", why, (int)held(&words), (char *)words.data + words.start);
  else snprintf(text, sizeof text, "the machine ended: %s", why);
  leave_note("reason", text);
  if (report >= 0) tell(text, strlen(text));
  else dprintf(2, "hydria: %s\n", text);
  finish(LOST);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void tell_time(void) {
  uint8_t payload[8];
  uint64_t nanoseconds = now();
  put_u32(payload, (uint32_t)nanoseconds);
  put_u32(payload + 4, (uint32_t)(nanoseconds >> 32));
  say(&agent, CLOCK, 0, payload, sizeof payload);
}

static void tell_size(void) {
  uint8_t size[4];
  if (terminal_size(size)) say(&agent, RESIZE, 0, size, sizeof size);
}

static void send_order(void) {
  struct buffer order = {0};
  char *path = find_text(&plan, "order");
  ran = true;
  if (path) read_whole(path, &order);
  while (held(&order) > MAX_PAYLOAD) {
    say(&agent, ORDER, 0, order.data + order.start, MAX_PAYLOAD);
    consume(&order, MAX_PAYLOAD);
  }
  tell_time();
  say(&agent, RUN, 0, order.data + order.start, (uint32_t)held(&order));
  release(&order);
}

static void begin(void) {
  began = true;
  if (find_number(&plan, "terminal", 0)) tell_size();
  own.reads_input = find_number(&plan, "input", 0) != 0;
}

static _Noreturn void end(const struct frame *frame) {
  uint32_t code = frame->length >= 8 ? get_u32(frame->payload) : LOST;
  if (frame->length >= 8 && get_u32(frame->payload + 4)) leave_note("oom", "");
  write_last_words(&own);
  finish((int)(code & 0xff));
}

static void pass_to_client(struct client *client, const struct frame *frame) {
  if (client->channel.fd >= 0) say(&client->channel, frame->type, 0, frame->payload, frame->length);
  /* More than was allowed, and the answers that need no leave. */
  if (held(&client->channel.out) > MOST_ANSWERED) lose("it says more than it may");
  if (frame->type == EXITED || frame->type == FAILED) client->busy = false;
}

static void heed_machine(const struct frame *frame) {
  if (frame->stream > 0) {
    pass_to_client(&clients[frame->stream], frame);
    return;
  }
  switch (frame->type) {
    case HELLO: break;
    case BEGAN:
    case FAILED:
      if (starter >= 0) pass_to_client(&clients[starter], frame);
      if (frame->type == FAILED) {
        tell((const char *)frame->payload + 4, frame->length > 4 ? frame->length - 4 : 0);
        finish(1);
      }
      begin();
      tell("", 0);
      break;
    case OUTPUT:
    case ERRORS: {
      int number = frame->type == OUTPUT ? 1 : 2;
      append(&own.out[number], frame->payload, frame->length);
      if (held(&own.out[number]) > WINDOW + SLACK) lose("it says more than it may");
      break;
    }
    case EXITED: end(frame);
    case ALLOW: if (frame->length >= 4) own.input_allowed += get_u32(frame->payload); break;
    default: lose("it says what is no frame");
  }
}

static void heed_client(int stream, const struct frame *frame) {
  switch (frame->type) {
    case RUN:
      starter = stream;
      held_back = false;
      if (resumed && !ran) send_order();
      return;
    case EXEC: clients[stream].busy = true; break;
    case ORDER: case ASK: case INPUT: case SIGNAL: case RESIZE: case ALLOW: case HANGUP: break;
    default: return;
  }
  say(&agent, frame->type, (uint16_t)stream, frame->payload, frame->length);
}

static void leave(int stream) {
  struct client *client = &clients[stream];
  if (client->busy) say(&agent, HANGUP, (uint16_t)stream, NULL, 0);
  close(client->channel.fd);
  release(&client->channel.in);
  release(&client->channel.out);
  client->channel.fd = -1;
  if (starter == stream) starter = -1;
}

static void welcome(void) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  for (int stream = 1; stream < STREAMS; stream++)
    if (clients[stream].channel.fd < 0 && !clients[stream].busy) {
      clients[stream].channel.fd = fd;
      return;
    }
  close(fd);
}

static void hear_client(int stream) {
  struct client *client = &clients[stream];
  struct frame frame;
  int sound = 0, there = fill(&client->channel);
  while (client->channel.fd >= 0 && (sound = next_frame(&client->channel, &frame)) > 0) heed_client(stream, &frame);
  if (!there || sound < 0 || !flush(&client->channel)) leave(stream);
}

static void hear_machine(void) {
  struct frame frame;
  int sound;
  if (!fill(&agent)) lose("its port was closed");
  while ((sound = next_frame(&agent, &frame)) > 0) heed_machine(&frame);
  if (sound < 0) lose("it says what is no frame");
}

/* QEMU tells of the moment from which the clone runs. */
static void hear_monitor(void) {
  char text[4096];
  ssize_t length = read(machine.monitor, text, sizeof text);
  if (length <= 0 || resumed) return;
  append(&heard, text, (size_t)length);
  if (memmem(heard.data + heard.start, held(&heard), "\"RESUME\"", 8)) resumed = true;
  if (memmem(heard.data + heard.start, held(&heard), "\"error\"", 7)) {
    append(&words, heard.data + heard.start, held(&heard) > 1000 ? 1000 : held(&heard));
    lose("it cannot be resumed");
  }
  if (held(&heard) > 65536) consume(&heard, held(&heard) - 64);
  if (!resumed) return;
  release(&heard);
  if (!held_back) send_order();
  else tell("", 0);
}

static void hear_words(void) {
  char text[MOST_WORDS];
  ssize_t length = read(machine.words, text, sizeof text);
  if (length > 0 && held(&words) + (size_t)length <= MOST_WORDS) append(&words, text, (size_t)length);
  if (length == 0) {
    close(machine.words);
    machine.words = -1;
  }
}

static void heed_signal(int signals) {
  struct signalfd_siginfo info;
  if (read(signals, &info, sizeof info) != sizeof info) return;
  if (info.ssi_signo == SIGCHLD) {
    hear_words();
    if (waitpid(machine.pid, NULL, WNOHANG) == machine.pid) lose("its process ended");
  } else if (info.ssi_signo == SIGWINCH && find_number(&plan, "terminal", 0))
    tell_size();
  else if (info.ssi_signo != SIGPIPE)
    say_number(&agent, SIGNAL, 0, info.ssi_signo);
}

static int every(int first_seconds, int seconds) {
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  struct itimerspec times = {.it_value.tv_sec = first_seconds, .it_interval.tv_sec = seconds};
  if (fd < 0 || timerfd_settime(fd, 0, &times, NULL) < 0) die("a timer: %s", strerror(errno));
  return fd;
}

static bool rings(int fd) {
  uint64_t times;
  return read(fd, &times, sizeof times) > 0;
}

static struct pollfd all[STREAMS + 16];

static nfds_t look_at(int signals, int clock, int deadline) {
  nfds_t count = 0;
#define LOOK(file, what) all[count++] = (struct pollfd){.fd = (file), .events = (short)(what)}
  LOOK(signals, POLLIN);
  LOOK(agent.fd, POLLIN | (held(&agent.out) ? POLLOUT : 0));
  LOOK(machine.monitor, POLLIN);
  LOOK(machine.words, POLLIN);
  LOOK(machine.opens, POLLIN);
  LOOK(listener, POLLIN);
  LOOK(clock, POLLIN);
  LOOK(deadline, POLLIN);
  LOOK(own.reads_input && own.input_allowed > 0 ? 0 : -1, POLLIN);
  LOOK(held(&own.out[1]) ? 1 : -1, POLLOUT);
  LOOK(held(&own.out[2]) ? 2 : -1, POLLOUT);
  for (int stream = 1; stream < STREAMS; stream++)
    LOOK(clients[stream].channel.fd, POLLIN | (held(&clients[stream].channel.out) ? POLLOUT : 0));
#undef LOOK
  return count;
}

static _Noreturn void stand_for_machine(int signals) {
  int clock = every(CLOCK_SECONDS, CLOCK_SECONDS), deadline = every((int)find_number(&plan, "seconds", 60), 0);
  char *script = find_text(&plan, "monitor");
  struct channel monitor = {.fd = machine.monitor};
  if (script) script = with_numbers(script), append(&monitor.out, script, strlen(script));
  flush(&monitor);
  agent.fd = machine.agent;
  for (;;) {
    if (!flush(&agent)) lose("its port was closed");
    write_standard(&own, 1);
    write_standard(&own, 2);
    for (int stream = 1; stream < STREAMS; stream++)
      if (clients[stream].channel.fd >= 0 && !flush(&clients[stream].channel)) leave(stream);
    nfds_t count = look_at(signals, clock, began ? -1 : deadline);
    if (poll(all, count, -1) < 0 && errno != EINTR) lose("we cannot watch it");
    if (all[4].revents & POLLIN) lend_template(&machine);
    else if (all[4].revents) machine.opens = -1;
    if (all[2].revents) hear_monitor();
    if (all[3].revents) hear_words();
    if (all[1].revents & (POLLIN | POLLHUP)) hear_machine();
    if (all[0].revents) heed_signal(signals);
    if (all[5].revents) welcome();
    if (all[6].revents && rings(clock) && ran) tell_time();
    if (all[7].revents && !held_back) lose("its workload did not begin in time");
    if (all[8].revents) read_standard(&own);
    for (int stream = 1; stream < STREAMS; stream++)
      if (clients[stream].channel.fd >= 0 && all[10 + stream].revents) hear_client(stream);
  }
}

static void listen_on(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  unlink(path);
  listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  umask(0077);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 64) < 0) die("%s: %s", path, strerror(errno));
}

static void join_groups(void) {
  char number[32];
  int length = snprintf(number, sizeof number, "%d", getpid());
  for (char **group = find_list(&plan, "group"); *group; group++) {
    int fd = open(*group, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, number, (size_t)length) < 0) die("%s: %s", *group, strerror(errno));
    close(fd);
  }
}

static _Noreturn void become_shim(const char *console_socket) {
  sigset_t every_signal;
  char *socket = find_text(&plan, "socket");
  sigfillset(&every_signal);
  sigprocmask(SIG_SETMASK, &every_signal, NULL);
  prctl(PR_SET_NAME, "clear-shim", 0, 0, 0);
  for (int stream = 0; stream < STREAMS; stream++) clients[stream].channel.fd = -1;
  join_groups();
  if (console_socket) take_terminal(console_socket);
  else setsid();
  if (socket == NULL) die("no socket for the node");
  listen_on(socket);
  held_back = find_number(&plan, "hold", 0) != 0;
  start_machine(&plan, &machine);
  nonblocking(1);
  nonblocking(2);
  stand_for_machine(signalfd(-1, &every_signal, SFD_CLOEXEC | SFD_NONBLOCK));
}

const char *option(int count, char **words_given, const char *name) {
  size_t length = strlen(name);
  for (int i = 1; i < count; i++) {
    if (strncmp(words_given[i], name, length) != 0) continue;
    if (words_given[i][length] == '=') return words_given[i] + length + 1;
    if (words_given[i][length] == 0 && i + 1 < count) return words_given[i + 1];
  }
  return NULL;
}

size_t hear_report(int fd, char *why, size_t room) {
  size_t length = 0;
  for (ssize_t more; (more = read(fd, why + length, room - 1 - length)) > 0;) length += (size_t)more;
  why[length] = 0;
  return length;
}

void write_pid(const char *path, pid_t pid) {
  FILE *file = path ? fopen(path, "we") : NULL;
  if (path && (file == NULL || fprintf(file, "%d", pid) < 0 || fclose(file) != 0)) die("%s: %s", path, strerror(errno));
}

/* create --bundle <folder> --pid-file <file> [--console-socket <socket>] <id> */
int shim_main(int count, char **given) {
  char path[4096], why[MOST_WORDS + 512];
  int ends[2];
  bundle = option(count, given, "--bundle");
  const char *pid_file = option(count, given, "--pid-file"), *console_socket = option(count, given, "--console-socket");
  if (bundle == NULL) die("usage: create --bundle <folder> --pid-file <file> [--console-socket <socket>] <id>");
  snprintf(path, sizeof path, "%s/machine", bundle);
  read_whole(path, &plan);
  if (pipe2(ends, O_CLOEXEC) < 0) die("a pipe: %s", strerror(errno));
  pid_t shim = fork();
  if (shim < 0) die("a process: %s", strerror(errno));
  if (shim == 0) {
    report = ends[1];
    close(ends[0]);
    become_shim(console_socket);
  }
  close(ends[1]);
  if (hear_report(ends[0], why, sizeof why) == 0) die("the machine's shim ended");
  if (why[0]) die("%s", why);
  write_pid(pid_file, shim);
  return 0;
}
