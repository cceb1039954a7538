// The first process of the machine that a tuned kernel and QEMU are tried in: uses once what clear containers use,
// and says on the virtio-serial port how that went.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static int port = -1;

static void end(void) {
  close(port);
  sync();
  reboot(RB_AUTOBOOT);
  for (;;) pause();
}

static void need(int result, const char *what) {
  if (result >= 0) return;
  dprintf(port, "failed: %s: %s\n", what, strerror(errno));
  end();
}

static void mounted(const char *type, const char *from, const char *at, unsigned long flags, const char *data) {
  mkdir(at, 0755);
  need(mount(from, at, type, flags, data), at);
}

// virtio-serial ports are announced one after another.
static void open_port(void) {
  while ((port = open("/dev/vport0p1", O_RDWR | O_CLOEXEC)) < 0) poll(NULL, 0, 1);
}

static void use_files(void) {
  mounted("erofs", "/dev/vda", "/lower", MS_RDONLY, NULL);
  mounted("ext4", "/dev/vdb", "/upper", MS_NOATIME, NULL);
  need(mkdir("/upper/upper", 0755), "making a directory on ext4");
  need(mkdir("/upper/work", 0755), "making a directory on ext4");
  mounted("overlay", "overlay", "/union", 0, "lowerdir=/lower,upperdir=/upper/upper,workdir=/upper/work");
  need(access("/union/lower", F_OK), "the file of the EROFS image");
  int file = open("/union/upper", O_CREAT | O_RDWR, 0644);
  need(file, "making a file");
  need(fsetxattr(file, "trusted.tuned", "1", 1, 0), "extended attributes");
  close(file);
}

int main(void) {
  mkdir("/dev", 0755);
  mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
  open_port();
  dprintf(port, "init\n");
  mounted("proc", "proc", "/proc", 0, NULL);
  mounted("sysfs", "sysfs", "/sys", 0, NULL);
  mounted("tmpfs", "tmpfs", "/run", 0, NULL);
  mounted("cgroup2", "cgroup2", "/sys/fs/cgroup", 0, NULL);
  int control = open("/sys/fs/cgroup/cgroup.subtree_control", O_WRONLY);
  const char *controllers = "+memory +pids +cpu +io";
  need((int)write(control, controllers, strlen(controllers)), "the controllers of cgroup v2");
  use_files();
  need(socket(AF_INET6, SOCK_STREAM, 0), "IPv6");
  need(access("/sys/class/net/eth0", F_OK), "the network interface");
  dprintf(port, "ok\n");
  end();
}
