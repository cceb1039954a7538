/* Frames, records and buffers: see protocol.h. */
#ifndef HYDRIA_WIRE_H
#define HYDRIA_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

struct buffer {
  uint8_t *data;
  size_t start, end, room;
};

struct frame {
  uint8_t type;
  uint16_t stream;
  uint32_t length;
  const uint8_t *payload;
};

/* One end of a channel; both buffers grow as they must, the writer's by no more than credit allows. */
struct channel {
  int fd;
  struct buffer in, out;
};

struct record {
  const char *name, *value;
  size_t name_length, length;
};

size_t held(const struct buffer *buffer);
void append(struct buffer *buffer, const void *bytes, size_t length);
void consume(struct buffer *buffer, size_t length);
void release(struct buffer *buffer);

void put_u16(uint8_t *at, uint16_t value);
void put_u32(uint8_t *at, uint32_t value);
uint16_t get_u16(const uint8_t *at);
uint32_t get_u32(const uint8_t *at);
uint64_t get_u64(const uint8_t *at);

void say(struct channel *channel, uint8_t type, uint16_t stream, const void *payload, uint32_t length);
void say_number(struct channel *channel, uint8_t type, uint16_t stream, uint32_t number);
/* 1 = a frame, valid until the next call; 0 = not yet whole; -1 = no frame of this protocol. */
int next_frame(struct channel *channel, struct frame *frame);
/* Reads what there is. 1 = go on, 0 = the other side is gone. */
int fill(struct channel *channel);
/* Writes what goes. 1 = go on, 0 = the other side is gone. */
int flush(struct channel *channel);

/* Steps over records. 1 = a record, 0 = the end, -1 = damaged. */
int next_record(const struct buffer *records, size_t *at, struct record *record);
bool is_named(const struct record *record, const char *name);
/* A copy that ends with a zero. */
char *text_of(const struct record *record);
/* The value of the first record of that name, as text; NULL when there is none. */
char *find_text(const struct buffer *records, const char *name);
uint64_t find_number(const struct buffer *records, const char *name, uint64_t otherwise);
/* All values of that name as a list that ends with NULL. */
char **find_list(const struct buffer *records, const char *name);

void nonblocking(int fd);
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
