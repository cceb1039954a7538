#define _GNU_SOURCE
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *allocated(void *memory) {
  if (memory == NULL) die("out of memory");
  return memory;
}

size_t held(const struct buffer *buffer) { return buffer->end - buffer->start; }

static void make_room(struct buffer *buffer, size_t length) {
  if (buffer->room - buffer->end >= length) return;
  if (buffer->start > 0) {
    memmove(buffer->data, buffer->data + buffer->start, held(buffer));
    buffer->end -= buffer->start;
    buffer->start = 0;
  }
  if (buffer->room - buffer->end >= length) return;
  size_t room = buffer->room ? buffer->room : 4096;
  while (room - buffer->end < length) room *= 2;
  buffer->data = allocated(realloc(buffer->data, room));
  buffer->room = room;
}

void append(struct buffer *buffer, const void *bytes, size_t length) {
  make_room(buffer, length);
  if (length > 0) memcpy(buffer->data + buffer->end, bytes, length);
  buffer->end += length;
}

void consume(struct buffer *buffer, size_t length) {
  buffer->start += length;
  if (buffer->start == buffer->end) buffer->start = buffer->end = 0;
}

void release(struct buffer *buffer) {
  free(buffer->data);
  memset(buffer, 0, sizeof *buffer);
}

void put_u16(uint8_t *at, uint16_t value) {
  at[0] = value & 0xff;
  at[1] = value >> 8;
}

void put_u32(uint8_t *at, uint32_t value) {
  put_u16(at, value & 0xffff);
  put_u16(at + 2, value >> 16);
}

uint16_t get_u16(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }

uint32_t get_u32(const uint8_t *at) { return get_u16(at) | (uint32_t)get_u16(at + 2) << 16; }

uint64_t get_u64(const uint8_t *at) { return get_u32(at) | (uint64_t)get_u32(at + 4) << 32; }

void say(struct channel *channel, uint8_t type, uint16_t stream, const void *payload, uint32_t length) {
  uint8_t header[HEADER];
  put_u32(header, length);
  put_u16(header + 4, stream);
  header[6] = type;
  header[7] = MARK;
  append(&channel->out, header, HEADER);
  append(&channel->out, payload, length);
}

void say_number(struct channel *channel, uint8_t type, uint16_t stream, uint32_t number) {
  uint8_t payload[4];
  put_u32(payload, number);
  say(channel, type, stream, payload, sizeof payload);
}

int next_frame(struct channel *channel, struct frame *frame) {
  struct buffer *in = &channel->in;
  if (held(in) < HEADER) return 0;
  const uint8_t *header = in->data + in->start;
  frame->length = get_u32(header);
  frame->stream = get_u16(header + 4);
  frame->type = header[6];
  if (header[7] != MARK || frame->length > MAX_PAYLOAD || frame->stream >= STREAMS) return -1;
  if (held(in) < HEADER + frame->length) return 0;
  frame->payload = header + HEADER;
  /* The bytes stay where they are until more are read. */
  in->start += HEADER + frame->length;
  return 1;
}

int fill(struct channel *channel) {
  struct buffer *in = &channel->in;
  make_room(in, MAX_PAYLOAD);
  ssize_t length = read(channel->fd, in->data + in->end, in->room - in->end);
  if (length > 0) in->end += (size_t)length;
  if (length == 0) return 0;
  return length > 0 || errno == EAGAIN || errno == EINTR;
}

int flush(struct channel *channel) {
  struct buffer *out = &channel->out;
  while (held(out) > 0) {
    ssize_t length = write(channel->fd, out->data + out->start, held(out));
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno == EAGAIN;
    consume(out, (size_t)length);
  }
  return 1;
}

int next_record(const struct buffer *records, size_t *at, struct record *record) {
  size_t left = held(records) - *at;
  if (left == 0) return 0;
  const uint8_t *here = records->data + records->start + *at;
  if (left < 4) return -1;
  uint32_t length = get_u32(here);
  if (length > left - 4) return -1;
  const char *name = (const char *)here + 4;
  const char *sign = memchr(name, '=', length);
  if (sign == NULL) return -1;
  record->name = name;
  record->name_length = (size_t)(sign - name);
  record->value = sign + 1;
  record->length = length - record->name_length - 1;
  *at += 4 + length;
  return 1;
}

bool is_named(const struct record *record, const char *name) {
  return strlen(name) == record->name_length && memcmp(record->name, name, record->name_length) == 0;
}

char *text_of(const struct record *record) { return allocated(strndup(record->value, record->length)); }

char *find_text(const struct buffer *records, const char *name) {
  struct record record;
  for (size_t at = 0; next_record(records, &at, &record) > 0;)
    if (is_named(&record, name)) return text_of(&record);
  return NULL;
}

uint64_t find_number(const struct buffer *records, const char *name, uint64_t otherwise) {
  char *text = find_text(records, name);
  uint64_t number = text ? strtoull(text, NULL, 10) : otherwise;
  free(text);
  return number;
}

char **find_list(const struct buffer *records, const char *name) {
  size_t count = 0;
  char **list = allocated(calloc(1, sizeof *list));
  struct record record;
  for (size_t at = 0; next_record(records, &at, &record) > 0;) {
    if (!is_named(&record, name)) continue;
    list = allocated(realloc(list, (count + 2) * sizeof *list));
    list[count++] = text_of(&record);
    list[count] = NULL;
  }
  return list;
}

void nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

void die(const char *format, ...) {
  va_list words;
  va_start(words, format);
  vdprintf(2, format, words);
  va_end(words);
  dprintf(2, "\n");
  exit(70);
}
