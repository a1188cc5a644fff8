/* The system calls as they are. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "resolver/state.h"

static int real_open(void *context, int directory, const char *name, enum state_open how)
{
    static const int flags[] = {
        [STATE_DIRECTORY] = O_RDONLY | O_DIRECTORY,
        [STATE_READ] = O_RDONLY | O_NOFOLLOW | O_NONBLOCK, /* a pipe put there must not hold us */
        [STATE_WRITE] = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK,
    };
    (void)context;
    return openat(how == STATE_DIRECTORY ? AT_FDCWD : directory, name, flags[how] | O_CLOEXEC,
                  S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
}

static int real_stat(void *context, int fd, struct stat *found)
{
    (void)context;
    return fstat(fd, found);
}

static ssize_t real_read(void *context, int fd, void *into, size_t octets)
{
    (void)context;
    return read(fd, into, octets);
}

static ssize_t real_write(void *context, int fd, const void *from, size_t octets)
{
    (void)context;
    return write(fd, from, octets);
}

static int real_sync(void *context, int fd)
{
    (void)context;
    return fsync(fd);
}

static int real_rename(void *context, int directory, const char *from, const char *to)
{
    (void)context;
    return renameat(directory, from, directory, to);
}

static int real_remove(void *context, int directory, const char *name)
{
    (void)context;
    return unlinkat(directory, name, 0);
}

static int real_close(void *context, int fd)
{
    (void)context;
    return close(fd);
}

const struct state_disk state_disk_real = {
    .open = real_open,
    .stat = real_stat,
    .read = real_read,
    .write = real_write,
    .sync = real_sync,
    .rename = real_rename,
    .remove = real_remove,
    .close = real_close,
};
