/*
 * What the shim on the host and the agent in the machine say to each other on one byte channel, and what the node says to the shim on
 * its socket. All integers little-endian.
 *
 * Frame:   length of the payload u32 | stream u16 | type u8 | MARK u8 | payload
 * Stream:  0 is the workload's own process, others are commands, questions and whoever asked them; the shim gives the numbers.
 * Records: length u32 | `name=value`, one after another; a value may hold any byte.
 *
 * Output and input of a stream flow by credit: WINDOW bytes at first, and as much more as the other side ALLOWs, so that one who
 * reads slowly holds up nobody else.
 */
#ifndef HYDRIA_PROTOCOL_H
#define HYDRIA_PROTOCOL_H

enum {
  MARK = 0xa7,
  HEADER = 8,
  MAX_PAYLOAD = 65536,
  WINDOW = 65536,
  STREAMS = 256,
  /* Of all records of one order. */
  MAX_ORDER = 64 << 20,
};

enum frame_type {
  /* To the machine. */
  ORDER = 'C',  /* a part of records */
  RUN = 'R',    /* the last part: be this machine, and run this */
  EXEC = 'X',   /* the last part: run this command */
  ASK = 'Q',    /* records with `what=` */
  INPUT = 'I',  /* bytes for the process; none = the end of its input */
  SIGNAL = 'S', /* number u32 */
  RESIZE = 'W', /* rows u16 | columns u16 */
  HANGUP = 'K', /* kill the command and its session */
  CLOCK = 'T',  /* nanoseconds since 1970 u64 */
  /* From the machine. */
  HELLO = 'H', /* the agent is there */
  BEGAN = 'B', /* the program runs; or the answer to ASK, when all is said */
  FAILED = 'F', /* errno u32 | why, in words */
  OUTPUT = 'O',
  ERRORS = 'E',
  EXITED = 'Z', /* exit code u32 | whether memory ran out u32 */
  /* Both ways. */
  ALLOW = 'A', /* bytes u32 */
};

#endif
