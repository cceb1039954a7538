/* What a workload sees: its root, and what is mounted in it. Runs in the workload's own mount namespace, before its program. */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { QUIET = MS_NOSUID | MS_NODEV | MS_NOEXEC };

struct system_mount {
  const char *type, *at, *data;
  unsigned long flags;
};

/* The same for every workload: mounted below SYSTEM in the template, outer ones first. */
static const struct system_mount waiting[] = {
    {"tmpfs", "/dev", "mode=755,size=65536k", MS_NOSUID},
    {"devpts", "/dev/pts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC},
    {"tmpfs", "/dev/shm", "mode=1777,size=65536k", QUIET},
    {"mqueue", "/dev/mqueue", NULL, QUIET},
    {"sysfs", "/sys", NULL, QUIET},
};

/* They show the namespaces of whoever mounts them. */
static const struct system_mount own[] = {
    {"proc", "/proc", NULL, QUIET},
    {"cgroup2", "/sys/fs/cgroup", NULL, QUIET},
};

static const char *const moved[] = {"/dev", "/sys"};
enum { MOVED = sizeof moved / sizeof *moved };

static const struct {
  const char *at;
  int major, minor;
} devices[] = {
    {"/dev/null", 1, 3}, {"/dev/zero", 1, 5}, {"/dev/full", 1, 7}, {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

static const char *const links[][2] = {
    {"/proc/self/fd", "/dev/fd"},
    {"/proc/self/fd/0", "/dev/stdin"},
    {"/proc/self/fd/1", "/dev/stdout"},
    {"/proc/self/fd/2", "/dev/stderr"},
    {"pts/ptmx", "/dev/ptmx"},
};

/* Makes the folders above a path, and the path as a folder or an empty file. */
static void make_place(const char *path, bool folder) {
  char *copy = strdup(path);
  for (char *at = copy + 1; copy && *at; at++) {
    if (*at != '/') continue;
    *at = 0;
    mkdir(copy, 0755);
    *at = '/';
  }
  free(copy);
  if (folder) mkdir(path, 0755);
  else close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
}

/* Files and volumes lie outside of the new root: each is held as a mount of its own before we go there. */
struct held_mount {
  int fd;
  char *at;
  bool folder, read_only;
};

static bool hold(const char *source, struct held_mount *held, struct failure *why) {
  held->fd = (int)syscall(SYS_open_tree, AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  return held->fd >= 0 || failed(why, errno, "holding %s", source);
}

static bool place(const struct held_mount *held, struct failure *why) {
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (held->read_only ? MOUNT_ATTR_RDONLY : 0)};
  make_place(held->at, held->folder);
  if (held->folder && syscall(SYS_mount_setattr, held->fd, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0)
    return failed(why, errno, "mounting %s", held->at);
  if (syscall(SYS_move_mount, held->fd, "", AT_FDCWD, held->at, MOVE_MOUNT_F_EMPTY_PATH) < 0)
    return failed(why, errno, "mounting %s", held->at);
  close(held->fd);
  return true;
}

/* mount=<number of the volume>;<ro|rw>;<subpath, may be empty>;<destination> */
static bool hold_volume(const struct record *record, struct held_mount *held, struct failure *why) {
  char *number = text_of(record), *access = strchr(number, ';'), *subpath = access ? strchr(access + 1, ';') : NULL;
  char *destination = subpath ? strchr(subpath + 1, ';') : NULL, place[64];
  if (destination == NULL) return failed(why, EINVAL, "a mount without its place");
  *access++ = *subpath++ = *destination++ = 0;
  snprintf(place, sizeof place, DISKS "/%d", atoi(number));
  *held = (struct held_mount){.at = destination, .folder = true, .read_only = strcmp(access, "ro") == 0};
  if (*subpath == 0) return hold(place, held, why);
  /* A link in the volume stays in the volume. */
  struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
  int volume = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC), folder = (int)syscall(SYS_openat2, volume, subpath, &how, sizeof how);
  if (folder < 0) return failed(why, errno, "a volume's %s", subpath);
  held->fd = (int)syscall(SYS_open_tree, folder, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
  close(folder);
  close(volume);
  return held->fd >= 0 || failed(why, errno, "holding a volume's %s", subpath);
}

/* file=<mode>;<uid>;<gid>;<path> and, after a zero byte, the content, which machine.c has put in place. */
static bool hold_file(const struct record *record, int number, struct held_mount *held, struct failure *why) {
  char *text = text_of(record), place[64];
  for (int field = 0; field < 3 && text; field++) text = strchr(text, ';') ? strchr(text, ';') + 1 : NULL;
  if (text == NULL) return failed(why, EINVAL, "a file without its place");
  snprintf(place, sizeof place, FILES "/%d", number);
  *held = (struct held_mount){.at = text};
  return hold(place, held, why);
}

static bool hold_all(const struct buffer *order, struct held_mount *all, size_t *count, struct failure *why) {
  struct record record;
  int files = 0;
  for (size_t at = 0; next_record(order, &at, &record) > 0 && *count < STREAMS;) {
    bool file = is_named(&record, "file");
    if (!file && !is_named(&record, "mount")) continue;
    if (!(file ? hold_file(&record, files++, &all[*count], why) : hold_volume(&record, &all[*count], why))) return false;
    *count += 1;
  }
  return true;
}

void prepare_system(void) {
  char place[128];
  mkdir(SYSTEM, 0755);
  for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++) {
    snprintf(place, sizeof place, SYSTEM "%s", waiting[i].at);
    mkdir(place, 0755);
    if (mount(waiting[i].type, place, waiting[i].type, waiting[i].flags, waiting[i].data) < 0) die("mounting %s: %s", place, strerror(errno));
  }
  for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
    snprintf(place, sizeof place, SYSTEM "%s", devices[i].at);
    if (mknod(place, S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor)) < 0) die("making %s: %s", place, strerror(errno));
    chmod(place, 0666);
  }
  for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
    snprintf(place, sizeof place, SYSTEM "%s", links[i][1]);
    if (symlink(links[i][0], place) < 0) die("linking %s: %s", place, strerror(errno));
  }
}

static bool hold_system(int *fds, struct failure *why) {
  char place[128];
  for (int i = 0; i < MOVED; i++) {
    snprintf(place, sizeof place, SYSTEM "%s", moved[i]);
    fds[i] = (int)syscall(SYS_open_tree, AT_FDCWD, place, OPEN_TREE_CLOEXEC);
    if (fds[i] < 0) return failed(why, errno, "holding %s", place);
  }
  return true;
}

static bool fix(const struct system_mount *one, struct failure *why) {
  return mount(NULL, one->at, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | one->flags, NULL) == 0 || failed(why, errno, "mounting %s", one->at);
}

static bool mount_system(const int *fds, bool privileged, struct failure *why) {
  for (int i = 0; i < MOVED; i++) {
    make_place(moved[i], true);
    if (syscall(SYS_move_mount, fds[i], "", AT_FDCWD, moved[i], MOVE_MOUNT_F_EMPTY_PATH) < 0) return failed(why, errno, "mounting %s", moved[i]);
    close(fds[i]);
  }
  make_place("/proc", true);
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (mount(own[i].type, own[i].at, own[i].type, own[i].flags, own[i].data) < 0) return failed(why, errno, "mounting %s", own[i].at);
  if (privileged) return true;
  return fix(&waiting[sizeof waiting / sizeof *waiting - 1], why) && fix(&own[sizeof own / sizeof *own - 1], why);
}

/* What tells about the machine or acts on it. */
static void hide(const struct buffer *order) {
  char **masked = find_list(order, "masked"), **fixed = find_list(order, "read-only");
  struct stat found;
  for (; *masked; masked++) {
    if (stat(*masked, &found) < 0) continue;
    if (S_ISDIR(found.st_mode)) mount("tmpfs", *masked, "tmpfs", MS_RDONLY | QUIET, NULL);
    else mount("/dev/null", *masked, NULL, MS_BIND, NULL);
  }
  for (; *fixed; fixed++)
    if (mount(*fixed, *fixed, NULL, MS_BIND | MS_REC, NULL) == 0) mount(NULL, *fixed, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | QUIET, NULL);
}

bool enter_root(const struct buffer *order, struct failure *why) {
  static struct held_mount mounts[STREAMS];
  size_t count = 0;
  bool privileged = find_number(order, "privileged", 0) != 0;
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return failed(why, errno, "leaving the others' mounts");
  int system[MOVED] = {-1, -1};
  if (!hold_all(order, mounts, &count, why) || !hold_system(system, why)) return false;
  if (mount(ROOT, ROOT, NULL, MS_BIND, NULL) < 0 || chdir(ROOT) < 0) return failed(why, errno, "entering the root");
  /* The first file system of a machine cannot be pivoted away; it is moved over, and nothing of it is left to see. */
  if (mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0) return failed(why, errno, "entering the root");
  if (!mount_system(system, privileged, why)) return false;
  for (size_t i = 0; i < count; i++)
    if (!place(&mounts[i], why)) return false;
  if (!privileged) hide(order);
  return true;
}
