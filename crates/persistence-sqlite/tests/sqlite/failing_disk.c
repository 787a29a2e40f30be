/* A disk that fails while a file of this name is in FAULT_FOLDER: `sync` lets nothing be synced,
   `full` has no room for writes, `read` fails one read: the one whose number it contains. Only files of a store fail, and not in a folder `another-disk`. Loaded into a process with LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fails(int fd, const char *fault) {
    const char *folder = getenv("FAULT_FOLDER");
    char link[64], path[4096], flag[4096];
    if (!folder) return 0;
    snprintf(flag, sizeof flag, "%s/%s", folder, fault);
    if (access(flag, F_OK)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, ".annals") != NULL && !strstr(path, "another-disk");
}

#define SYNC(name)                                                        \
    int name(int fd) {                                                    \
        int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, #name);         \
        if (!fails(fd, "sync")) return real(fd);                          \
        errno = EIO;                                                      \
        return -1;                                                        \
    }

SYNC(fsync)
SYNC(fdatasync)

#define PWRITE(name, offset)                                                             \
    ssize_t name(int fd, const void *bytes, size_t count, offset at) {                   \
        ssize_t (*real)(int, const void *, size_t, offset) =                             \
            (ssize_t (*)(int, const void *, size_t, offset))dlsym(RTLD_NEXT, #name);     \
        if (!fails(fd, "full")) return real(fd, bytes, count, at);                       \
        errno = ENOSPC;                                                                  \
        return -1;                                                                       \
    }

PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t count) {
    ssize_t (*real)(int, const void *, size_t) =
        (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    if (!fails(fd, "full")) return real(fd, bytes, count);
    errno = ENOSPC;
    return -1;
}

static int fails_once(int fd) {
    static int wanted = -1, seen;
    char flag[4096];
    int number = -1;
    if (!fails(fd, "read")) return 0;
    snprintf(flag, sizeof flag, "%s/read", getenv("FAULT_FOLDER"));
    FILE *file = fopen(flag, "r");
    if (!file) return 0;
    if (fscanf(file, "%d", &number) != 1) number = -1;
    fclose(file);
    if (number != wanted) wanted = number, seen = 0;
    return seen++ == number;
}

#define PREAD(name, offset)                                                    \
    ssize_t name(int fd, void *bytes, size_t count, offset at) {               \
        ssize_t (*real)(int, void *, size_t, offset) =                         \
            (ssize_t (*)(int, void *, size_t, offset))dlsym(RTLD_NEXT, #name); \
        if (!fails_once(fd)) return real(fd, bytes, count, at);                \
        errno = EIO;                                                           \
        return -1;                                                             \
    }

PREAD(pread, off_t)
PREAD(pread64, off64_t)
