/* The standard files of a process on the host that stands for another one, which is in a machine: they are the other's, by credit. */
#include "standard.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum { TRIP = 16384, LAST_WORDS_MS = 5000 };

void write_standard(struct standard *own, int number) {
  size_t before = held(&own->out[number]);
  struct channel place = {.fd = number, .out = own->out[number]};
  /* Whoever hears us may be gone; whom we stand for need not know. */
  if (!flush(&place)) consume(&place.out, held(&place.out));
  own->out[number] = place.out;
  size_t written = before - held(&own->out[number]);
  if (written > 0) say_number(own->far, ALLOW, 0, (uint32_t)written);
}

void write_last_words(struct standard *own) {
  for (int number = 1; number < 3; number++) {
    struct pollfd look = {.fd = number, .events = POLLOUT};
    while (held(&own->out[number]) > 0 && poll(&look, 1, LAST_WORDS_MS) > 0) write_standard(own, number);
  }
}

void read_standard(struct standard *own) {
  uint8_t bytes[TRIP];
  size_t most = own->input_allowed < sizeof bytes ? own->input_allowed : sizeof bytes;
  ssize_t length = read(0, bytes, most);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length <= 0) {
    own->reads_input = false;
    length = 0;
  }
  own->input_allowed -= (uint32_t)length;
  say(own->far, INPUT, 0, bytes, (uint32_t)length);
}
