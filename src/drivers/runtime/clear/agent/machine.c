/* The machine itself: its first moments, and what it becomes when it is told who it is. */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/random.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The disks, in the order in which the host connects them. */
#define IMAGE_DISK "/dev/vda"
#define WRITTEN_DISK "/dev/vdb"
#define FRESH_DISK "/dev/vdc"
enum { FIRST_VOLUME = 'd' };
#define LOWER "/lower"
#define UPPER "/upper"

bool failed(struct failure *why, int code, const char *format, ...) {
  va_list words;
  va_start(words, format);
  int length = vsnprintf(why->words, sizeof why->words, format, words);
  va_end(words);
  why->code = (uint32_t)code;
  if (code && length >= 0 && (size_t)length < sizeof why->words)
    snprintf(why->words + length, sizeof why->words - (size_t)length, ": %s", strerror(code));
  return false;
}

static int put(const char *path, const void *bytes, size_t length) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  ssize_t written = write(fd, bytes, length);
  int result = written == (ssize_t)length ? 0 : -errno;
  close(fd);
  return result;
}

static int put_text(const char *path, const char *text) { return put(path, text, strlen(text)); }

/* One that is not there is built in, or will be missed by whoever needs it. */
static void load_module(const char *name) {
  char path[512];
  snprintf(path, sizeof path, "/modules/%s", name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST) dprintf(2, "agent: %s: %s\n", path, strerror(errno));
  close(fd);
}

/* In the order of the list, which is the order in which they need each other. */
static void load_modules(void) {
  FILE *list = fopen("/modules/list", "re");
  char name[256];
  while (list && fgets(name, sizeof name, list)) {
    name[strcspn(name, "\n")] = 0;
    load_module(name);
  }
  if (list) fclose(list);
}

static void make_upper_folders(void) {
  mkdir(UPPER "/upper", 0755);
  mkdir(UPPER "/work", 0755);
}

/* Of the template's fresh disk, whose first state every new container's is a copy of: clones have it mounted when they begin. */
static void mount_fresh(void) {
  if (mount(FRESH_DISK, UPPER, "ext4", MS_NOATIME, "noinit_itable") < 0) return;
  make_upper_folders();
  sync();
}

void boot(void) {
  static const char *const folders[] = {"/proc", "/sys", "/dev", "/run", ROOT, LOWER, UPPER};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) mkdir(folders[i], 0755);
  mount("proc", "/proc", "proc", 0, NULL);
  mount("sysfs", "/sys", "sysfs", 0, NULL);
  mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
  mount("tmpfs", "/run", "tmpfs", 0, "mode=755");
  load_modules();
  mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
  put_text("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
  put_text("/sys/fs/cgroup/cgroup.subtree_control", "+pids");
  mkdir(GROUP, 0755);
  mkdir(FILES, 0755);
  mkdir(DISKS, 0755);
  wake_network();
  mount_fresh();
  prepare_system();
}

void set_clock(uint64_t nanoseconds) {
  enum { STEP = 200 * 1000 };
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  int64_t off = (int64_t)(nanoseconds / 1000) - ((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
  struct timeval small = {.tv_sec = 0, .tv_usec = off};
  /* What is little is made up for slowly: no program sees its clock go back. */
  if (off > -STEP && off < STEP) {
    if (off < 0) small = (struct timeval){.tv_sec = -1, .tv_usec = 1000000 + off};
    adjtime(&small, NULL);
    return;
  }
  struct timespec right = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
  clock_settime(CLOCK_REALTIME, &right);
}

/* All clones came from one state: what the kernel would draw next must be nobody else's. random(4). */
static bool take_seed(const struct buffer *order, struct failure *why) {
  struct record record;
  for (size_t at = 0; next_record(order, &at, &record) > 0;) {
    if (!is_named(&record, "seed")) continue;
    struct {
      struct rand_pool_info info;
      uint8_t bytes[512];
    } pool = {.info = {.entropy_count = (int)record.length * 8, .buf_size = (int)record.length}};
    if (record.length > sizeof pool.bytes) return failed(why, EINVAL, "a seed that is too long");
    memcpy(pool.info.buf, record.value, record.length);
    int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);
    bool taken = fd >= 0 && ioctl(fd, RNDADDENTROPY, &pool) == 0 && ioctl(fd, RNDRESEEDCRNG) == 0;
    if (!taken) return failed(why, errno, "taking the random seed");
    close(fd);
    return true;
  }
  return failed(why, EINVAL, "no random seed");
}

/* A disk that was written before lies over the fresh one, which nobody touches then. */
static bool mount_written(struct failure *why) {
  if (mount(WRITTEN_DISK, UPPER, "ext4", MS_NOATIME, "noinit_itable") < 0) return failed(why, errno, "mounting the container's disk");
  make_upper_folders();
  return true;
}

static bool mount_root(const struct buffer *order, struct failure *why) {
  if (mount(IMAGE_DISK, LOWER, "erofs", MS_RDONLY, NULL) < 0) return failed(why, errno, "mounting the image");
  if (!find_number(order, "fresh", 0) && !mount_written(why)) return false;
  if (mount("overlay", ROOT, "overlay", 0, "lowerdir=" LOWER ",upperdir=" UPPER "/upper,workdir=" UPPER "/work") < 0)
    return failed(why, errno, "mounting the root");
  return true;
}

/* file=<mode, octal>;<uid>;<gid>;<path> and, after a zero byte, the content. */
static bool write_files(const struct buffer *order, struct failure *why) {
  struct record record;
  int number = 0;
  char place[64];
  for (size_t at = 0; next_record(order, &at, &record) > 0;) {
    if (!is_named(&record, "file")) continue;
    unsigned mode, uid, gid;
    char *head = text_of(&record);
    size_t before = strlen(head) + 1;
    snprintf(place, sizeof place, FILES "/%d", number++);
    int fd = open(place, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || before > record.length || sscanf(head, "%o;%u;%u;", &mode, &uid, &gid) != 3)
      return failed(why, fd < 0 ? errno : EINVAL, "writing a file");
    if (write(fd, record.value + before, record.length - before) < 0 || fchown(fd, uid, gid) < 0 || fchmod(fd, mode) < 0)
      return failed(why, errno, "writing a file");
    close(fd);
    free(head);
  }
  return true;
}

/* volume=<ext4|xfs>;<ro|rw>: the disks after the root's three, in the order of the records. */
static bool mount_volumes(const struct buffer *order, struct failure *why) {
  char device[32], place[64], **volumes = find_list(order, "volume");
  for (int number = 0; volumes[number]; number++) {
    char *type = volumes[number], *access = strchr(type, ';');
    if (access == NULL) return failed(why, EINVAL, "a volume without its access");
    *access++ = 0;
    bool fixed = strcmp(access, "ro") == 0, xfs = strcmp(type, "xfs") == 0;
    snprintf(device, sizeof device, "/dev/vd%c", FIRST_VOLUME + number);
    snprintf(place, sizeof place, DISKS "/%d", number);
    mkdir(place, 0755);
    if (xfs) load_module("xfs.ko");
    /* What cannot be written cannot be mended either: what an unclean end left in its journal stays there. */
    const char *options = !fixed ? NULL : xfs ? "norecovery" : "noload";
    if (mount(device, place, type, MS_NOSUID | MS_NODEV | (fixed ? MS_RDONLY : 0), options) < 0) return failed(why, errno, "mounting a volume");
  }
  return true;
}

bool limit(const struct buffer *order, struct failure *why) {
  static const char *const names[][2] = {{"memory", GROUP "/memory.max"}, {"processes", GROUP "/pids.max"}};
  for (size_t i = 0; i < 2; i++) {
    char *value = find_text(order, names[i][0]);
    int error = value ? put_text(names[i][1], value) : 0;
    if (error < 0) return failed(why, -error, "limiting the %s", names[i][0]);
    free(value);
  }
  return true;
}

static int number_in(const char *path, const char *name) {
  char line[128];
  int number = 0;
  FILE *file = fopen(path, "re");
  while (file && fgets(line, sizeof line, file))
    if (strncmp(line, name, strlen(name)) == 0) number = atoi(line + strlen(name));
  if (file) fclose(file);
  return number;
}

bool memory_ran_out(void) { return number_in(GROUP "/memory.events", "oom_kill ") > 0; }

bool freeze(bool frozen, struct failure *why) {
  int error = put_text(GROUP "/cgroup.freeze", frozen ? "1" : "0");
  if (error < 0) return failed(why, -error, "freezing");
  for (int tries = 0; tries < 1000 && number_in(GROUP "/cgroup.events", "frozen ") != frozen; tries++) usleep(1000);
  return true;
}

bool become(const struct buffer *order, struct failure *why) {
  char *name = find_text(order, "hostname");
  if (!take_seed(order, why)) return false;
  if (name && sethostname(name, strlen(name)) < 0) return failed(why, errno, "taking the host name");
  return configure_network(order, why) && mount_root(order, why) && write_files(order, why) && mount_volumes(order, why) && limit(order, why);
}

/* All that was written is on the disks; they may be taken away, and whoever mounts a volume next finds nothing to mend. */
void leave_disks(void) {
  char place[64];
  sync();
  for (int number = 0; snprintf(place, sizeof place, DISKS "/%d", number), umount(place) == 0; number++) continue;
}
