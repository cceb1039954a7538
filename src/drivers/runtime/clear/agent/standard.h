/* See standard.c. */
#ifndef HYDRIA_STANDARD_H
#define HYDRIA_STANDARD_H

#include "wire.h"

struct standard {
  struct channel *far; /* to whom we stand for */
  struct buffer out[3];
  uint32_t input_allowed;
  bool reads_input;
};

void write_standard(struct standard *own, int number);
/* All that is left, before we end; whoever does not read it in time misses it. */
void write_last_words(struct standard *own);
void read_standard(struct standard *own);

#endif
