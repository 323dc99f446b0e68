// Makes writes and syncs fail as a dying or full disk does, for files whose path holds FAULT_PATH, while the file FAULT_WHEN
// exists. Notes every sync in FAULT_LOG: "sync <path>" or "refused <path>". Preloaded into a process by disk-faults.ts.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned state;

static int percent(const char *name) {
  const char *text = getenv(name);
  return text ? atoi(text) : 0;
}

static int is_hit(const char *name) {
  int chance = percent(name);
  if (chance == 0) return 0;
  pthread_mutex_lock(&lock);
  if (state == 0) state = (unsigned)percent("FAULT_SEED") + 1;
  state = state * 1664525u + 1013904223u;
  int hit = (int)((state >> 8) % 100) < chance;
  pthread_mutex_unlock(&lock);
  return hit;
}

static int is_watched(int fd, char *path, size_t size) {
  const char *wanted = getenv("FAULT_PATH"), *when = getenv("FAULT_WHEN");
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = wanted ? readlink(link, path, size - 1) : -1;
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, wanted) != NULL && (!when || access(when, F_OK) == 0);
}

static void note(const char *what, const char *path) {
  const char *log = getenv("FAULT_LOG");
  char line[4200];
  int length = snprintf(line, sizeof line, "%s %s\n", what, path);
  int fd = log ? open(log, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
  if (fd < 0) return;
  syscall(SYS_write, fd, line, (size_t)length);
  close(fd);
}

static int fail(int error) {
  errno = error;
  return -1;
}

static int sync_of(int fd, long number) {
  char path[4096];
  if (!is_watched(fd, path, sizeof path)) return (int)syscall(number, fd);
  int refused = is_hit("FAULT_SYNC_PERCENT");
  note(refused ? "refused" : "sync", path);
  return refused ? fail(EIO) : (int)syscall(number, fd);
}

int fdatasync(int fd) { return sync_of(fd, SYS_fdatasync); }
int fsync(int fd) { return sync_of(fd, SYS_fsync); }

ssize_t write(int fd, const void *bytes, size_t size) {
  char path[4096];
  if (is_watched(fd, path, sizeof path)) {
    if (is_hit("FAULT_EIO_PERCENT")) return fail(EIO);
    if (is_hit("FAULT_FULL_PERCENT")) {
      if (size < 2) return fail(ENOSPC);
      size /= 2; // the last room there was
    }
  }
  return syscall(SYS_write, fd, bytes, size);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
  char path[4096];
  if (is_watched(fd, path, sizeof path) && is_hit("FAULT_FULL_PERCENT")) return fail(ENOSPC);
  return syscall(SYS_pwrite64, fd, bytes, size, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) { return pwrite64(fd, bytes, size, offset); }
