/* The terminal that conmon or containerd wants of an OCI runtime: its other end goes through their socket, and we are a raw pipe below it. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

void take_terminal(const char *console_socket) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct termios raw;
  char name[] = "/dev/ptmx", room[CMSG_SPACE(sizeof(int))] = {0};
  int master = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC), unlocked = 0;
  if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0) die("a terminal: %s", strerror(errno));
  int own = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
  if (own < 0 || tcgetattr(own, &raw) < 0) die("a terminal: %s", strerror(errno));
  cfmakeraw(&raw);
  tcsetattr(own, TCSANOW, &raw);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", console_socket);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die("%s: %s", console_socket, strerror(errno));
  struct iovec bytes = {.iov_base = name, .iov_len = sizeof name};
  struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof master);
  memcpy(CMSG_DATA(header), &master, sizeof master);
  if (sendmsg(fd, &message, 0) < 0) die("%s: %s", console_socket, strerror(errno));
  close(fd);
  close(master);
  setsid();
  ioctl(own, TIOCSCTTY, 0);
  for (int number = 0; number < 3; number++) dup2(own, number);
  if (own > 2) close(own);
}

bool terminal_size(uint8_t size[4]) {
  struct winsize now;
  if (ioctl(0, TIOCGWINSZ, &now) < 0) return false;
  put_u16(size, now.ws_row);
  put_u16(size + 2, now.ws_col);
  return true;
}
