#include "tests/support/bad_disk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE = 64 }; /* octets a write takes at the most: callers must go on */

static bool strikes(void *context, const char *step)
{
    struct bad_disk *bad = context;
    size_t used = strlen(bad->trail);
    snprintf(bad->trail + used, sizeof bad->trail - used, "%s ", step);
    bad->steps++;
    if (bad->steps != bad->fails_at &&
        !(bad->killed && bad->fails_at != 0 && bad->steps > bad->fails_at))
        return false;
    errno = bad->error;
    return true;
}

static int bad_open(void *context, int at, const char *name, enum state_open how)
{
    struct bad_disk *bad = context;
    if (strikes(context, how == STATE_WRITE ? "create" : how == STATE_READ ? "open" : "directory"))
        return -1;
    int fd = state_disk_real.open(NULL, at, name, how);
    if (how == STATE_WRITE && fd >= 0)
        bad->unsynced = dup(fd);
    return fd;
}

static int bad_stat(void *context, int fd, struct stat *found)
{
    return strikes(context, "stat") ? -1 : state_disk_real.stat(NULL, fd, found);
}

static ssize_t bad_read(void *context, int fd, void *into, size_t octets)
{
    return strikes(context, "read") ? -1 : state_disk_real.read(NULL, fd, into, octets);
}

static ssize_t bad_write(void *context, int fd, const void *from, size_t octets)
{
    struct bad_disk *bad = context;
    if (strikes(context, "write")) {
        if (bad->cut_short)
            (void)!write(fd, from, octets / 2);
        errno = bad->error;
        return -1;
    }
    return state_disk_real.write(NULL, fd, from, octets > PIECE ? PIECE : octets);
}

static int bad_sync(void *context, int fd)
{
    struct bad_disk *bad = context;
    if (strikes(context, "sync"))
        return -1;
    if (bad->unsynced >= 0)
        close(bad->unsynced);
    bad->unsynced = -1;
    return state_disk_real.sync(NULL, fd);
}

static int bad_rename(void *context, int at, const char *from, const char *to)
{
    return strikes(context, "rename") ? -1 : state_disk_real.rename(NULL, at, from, to);
}

static int bad_remove(void *context, int at, const char *name)
{
    return strikes(context, "remove") ? -1 : state_disk_real.remove(NULL, at, name);
}

static int bad_close(void *context, int fd)
{
    (void)state_disk_real.close(NULL, fd); /* a kill closes too */
    return strikes(context, "close") ? -1 : 0;
}

/* The power goes: what was written but not synced was never there. */
void bad_disk_power_cut(struct bad_disk *bad)
{
    if (bad->unsynced >= 0) {
        if (ftruncate(bad->unsynced, 0) != 0)
            abort();
        close(bad->unsynced);
    }
    bad->unsynced = -1;
}

void bad_disk_up(struct bad_disk *bad)
{
    *bad = (struct bad_disk){ .unsynced = -1, .error = EIO };
    bad->disk = (struct state_disk){ .context = bad,
                                     .open = bad_open,
                                     .stat = bad_stat,
                                     .read = bad_read,
                                     .write = bad_write,
                                     .sync = bad_sync,
                                     .rename = bad_rename,
                                     .remove = bad_remove,
                                     .close = bad_close };
}
