/*
 * The agent's two ends against whatever may come: built with sanitizers, as GUEST or as SHIM, around the sources themselves. All that
 * would reach out of the process is a stub. Arguments: seed, frames.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static jmp_buf ended;
static _Noreturn void fuzz_exit(int code) { longjmp(ended, code + 1); }

#define exit fuzz_exit
#define kill(pid, number) ((void)(pid), (void)(number), 0)
#define waitpid(pid, status, options) ((void)(pid), (void)(status), (pid_t)-1)
#define dprintf(...) 0
#define vdprintf(...) 0
#include "wire.c"

#ifdef GUEST
#include "guest.c"
#else
#include "shim.c"
#include "standard.c"
#endif

static uint64_t state;
static uint32_t any(uint32_t below) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return (uint32_t)(state >> 32) % below;
}

static const char types[] = "CRXQISWKTHBFOEZA", to_machine[] = "CRXQISWKTA", from_machine[] = "HBOEAOEA";
/* What the end expects that hears the next frame: else it would end at every third. */
static const char *likely = to_machine;

/* Most frames are sound, of few streams and short; some are damaged, long or garbage. */
static size_t make_frame(uint8_t *at) {
  uint32_t length = any(20) == 0 ? any(MAX_PAYLOAD + 1) : any(64);
  put_u32(at, length);
  put_u16(at + 4, (uint16_t)(any(4) ? any(4) : any(STREAMS)));
  at[6] = (uint8_t)likely[any((uint32_t)strlen(likely))];
  if (any(32) == 0) at[6] = any(4) ? (uint8_t)types[any(sizeof types - 1)] : (uint8_t)any(256);
  at[7] = MARK;
  for (uint32_t i = 0; i < length; i++) at[HEADER + i] = (uint8_t)any(256);
  if (length > 16 && any(3) == 0) {
    /* Something like records. */
    static const char *const names[] = {"what=", "tool=", "input=", "idle=", "path=", "="};
    put_u32(at + HEADER, any(8) ? length - 4 : any(UINT32_MAX));
    const char *name = names[any(6)];
    memcpy(at + HEADER + 4, name, strlen(name));
  }
  if (any(200) == 0) at[any(HEADER)] ^= (uint8_t)(1 << any(8));
  return HEADER + length;
}

static void walk_records(const struct buffer *records) {
  struct record record;
  for (size_t at = 0; next_record(records, &at, &record) > 0;) {
    char *text = text_of(&record);
    free(text);
  }
  free(find_text(records, "what"));
  find_number(records, "input", 0);
  char **list = find_list(records, "tool");
  for (char **one = list; *one; one++) free(*one);
  free(list);
}

static size_t fed;

#ifdef GUEST
void boot(void) {}
bool become(const struct buffer *order, struct failure *why) {
  walk_records(order);
  return any(4) || failed(why, EINVAL, "no");
}
void set_clock(uint64_t nanoseconds) { (void)nanoseconds; }
void leave_disks(void) {}
bool memory_ran_out(void) { return any(2); }
void kill_session(pid_t leader) { assert(leader > 0); }
bool failed(struct failure *why, int code, const char *format, ...) {
  why->code = (uint32_t)code;
  snprintf(why->words, sizeof why->words, "%s", format);
  return false;
}
bool answer(const struct buffer *order, pid_t workload_pid, struct buffer *said, struct failure *why) {
  static const uint8_t bytes[200000];
  (void)workload_pid;
  walk_records(order);
  if (any(4) == 0) return failed(why, EINVAL, "no");
  append(said, bytes, any(sizeof bytes));
  return true;
}
/* What is given to the process comes out of it again. */
pid_t launch(const struct buffer *order, enum place place, pid_t workload_pid, struct pipes *pipes, struct failure *why) {
  int ends[2];
  (void)place, (void)workload_pid;
  walk_records(order);
  if (any(4) == 0) {
    failed(why, ENOENT, "no");
    return -1;
  }
  assert(pipe(ends) == 0);
  *pipes = (struct pipes){.input = ends[1], .output = ends[0], .errors = -1};
  return 1000 + (pid_t)any(1000);
}

static void begin_anew(void) {
  for (int stream = 0; stream < STREAMS; stream++) {
    if (processes[stream].pid > 0) forget(&processes[stream]);
    release(&processes[stream].order);
    memset(&processes[stream], 0, sizeof processes[stream]);
    processes[stream].pipes = (struct pipes){-1, -1, -1};
  }
  release(&port.in);
  release(&port.out);
  workload = 0;
}

static void take(const uint8_t *bytes, size_t length) {
  struct frame frame;
  int sound;
  append(&port.in, bytes, length);
  while ((sound = next_frame(&port, &frame)) > 0) heed(&frame);
  for (int stream = 0; stream < STREAMS; stream++)
    if (processes[stream].pid > 0 && any(50) == 0) processes[stream].ended = true, processes[stream].code = any(256);
  carry();
  /* What it says is sound, whatever it heard. */
  struct channel said = {.fd = -1, .in = port.out};
  memset(&port.out, 0, sizeof port.out);
  int well;
  while ((well = next_frame(&said, &frame)) > 0);
  assert(well == 0 && held(&said.in) == 0);
  release(&said.in);
  size_t kept = 0;
  for (int stream = 0; stream < STREAMS; stream++) kept += held(&processes[stream].input) + held(&processes[stream].order);
  assert(kept <= fed);
  if (sound < 0) longjmp(ended, 1);
}
#else
void start_machine(const struct buffer *given, struct machine *made) { (void)given, (void)made; }
char *with_numbers(const char *text) { return strdup(text); }
void lend_template(const struct machine *made) { (void)made; }
void take_terminal(const char *console_socket) { (void)console_socket; }
bool terminal_size(uint8_t size[4]) {
  memset(size, 1, 4);
  return true;
}

static int nowhere, hearer;

static void begin_anew(void) {
  for (int stream = 0; stream < STREAMS; stream++) {
    release(&clients[stream].channel.in);
    release(&clients[stream].channel.out);
    clients[stream] = (struct client){.channel.fd = stream > 0 && stream < 8 ? nowhere : -1};
  }
  for (int number = 0; number < 3; number++) release(&own.out[number]);
  release(&agent.in);
  release(&agent.out);
  starter = -1;
  ran = began = false;
  resumed = true;
  agent.fd = nowhere;
}

static void take(const uint8_t *bytes, size_t length) {
  struct frame frame;
  int sound;
  if (hearer > 0) {
    struct client *client = &clients[hearer];
    append(&client->channel.in, bytes, length);
    while ((sound = next_frame(&client->channel, &frame)) > 0) heed_client(hearer, &frame);
    if (sound < 0) release(&client->channel.in);
  } else {
    append(&agent.in, bytes, length);
    while ((sound = next_frame(&agent, &frame)) > 0) heed_machine(&frame);
    if (sound < 0) lose("it says what is no frame");
  }
  size_t kept = 0;
  for (int one = 0; one < STREAMS; one++) kept += held(&clients[one].channel.out);
  assert(kept <= 7 * ((size_t)MOST_ANSWERED + MAX_PAYLOAD + HEADER));
  assert(held(&own.out[1]) <= WINDOW + SLACK && held(&own.out[2]) <= WINDOW + SLACK);
  if (any(4) == 0) flush(&agent);
  /* Whoever reads it sleeps half of the time. */
  static unsigned turn;
  if (turn++ / 400 % 2 && any(4) == 0) write_standard(&own, 1), consume(&own.out[2], held(&own.out[2]));
  if (any(40) == 0)
    for (int one = 1; one < 8; one++) flush(&clients[one].channel);
}
#endif

int main(int count, char **given) {
  static uint8_t bytes[HEADER + MAX_PAYLOAD];
  assert(count == 3);
  state = strtoull(given[1], NULL, 10) * 2654435761u + 88172645463325252u;
#ifndef GUEST
  nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  /* What the workload says goes nowhere; what the sanitizers say is heard. */
  __sanitizer_set_report_fd((void *)(intptr_t)dup(2));
  assert(dup2(nowhere, 1) == 1 && dup2(nowhere, 2) == 2);
  bundle = "/nowhere";
#endif
  signal(SIGPIPE, SIG_IGN);
  static long ends;
  volatile long left = strtol(given[2], NULL, 10);
  if (setjmp(ended)) ends++;
  fed = 0;
  begin_anew();
  while (left-- > 0) {
#ifndef GUEST
    hearer = any(2) ? 1 + (int)any(7) : 0;
    likely = hearer > 0 ? to_machine : from_machine;
#endif
    size_t length = make_frame(bytes), cut = any(3) ? length : any((uint32_t)length);
    fed += length;
    struct buffer records = {.data = bytes, .start = HEADER, .end = length, .room = length};
    walk_records(&records);
    take(bytes, cut);
    if (cut < length && any(20)) take(bytes + cut, length - cut);
  }
  begin_anew();
  /* Each life heard enough to have a past. */
  assert(strtol(given[2], NULL, 10) / (ends + 1) > 20);
  return 0;
}
