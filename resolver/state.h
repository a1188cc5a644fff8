/* state - a small text file that outlives every way of being killed.
 *
 * Shape    lines of printable ASCII: "catena NAME 1", "sequence N", "written UNIXTIME (text)", the
 *          body, "checksum HEX"; a line has at most STATE_LINE_MAX octets, the file
 *          STATE_OCTETS_MAX. NAME holds the newest, NAME.before the one before it, NAME.new the one
 *          being written. A write makes NAME.new, syncs it, moves NAME to NAME.before if NAME is
 *          known to be sound, moves NAME.new to NAME, and syncs the directory: whenever it stops,
 *          NAME or NAME.before is whole. Reading takes NAME if form, checksum and owner are right
 *          and its sequence is above that of NAME.before and not under what this run has seen: an
 *          older file put back loses to its successor. (Both of them put back while nothing runs
 *          cannot be told from the truth.)
 * Owns     nothing but names; the text that is read belongs to the caller (memory_free).
 * Time     given; it is written for LIMITS H1, and read as a floor of the clock. A time that is
 *          itself written by hand (dnssec.clock) proves nothing: the last one that did stays.
 * Threads  the main thread alone (RULINGS B22).
 * Errors   the caller goes on with what it has in memory. Reading: ST_IO when the system could not
 *          tell what is there, so that nothing should be written over it; ST_MALFORMED: of no use;
 *          ST_NOTFOUND: there is no file yet. `trouble` says in a sentence what is wrong with the
 *          file now; empty: nothing.
 * Spec     SPEC A2, LIMITS H3, RULINGS B3 (owner, mode, no symbolic link).
 */
#ifndef CATENA_RESOLVER_STATE_H
#define CATENA_RESOLVER_STATE_H

#include <sys/stat.h>
#include <sys/types.h>

#include "lib/base/bytes.h"
#include "lib/base/instant.h"
#include "lib/base/status.h"

enum { STATE_OCTETS_MAX = 1 << 20, STATE_LINE_MAX = 4096, STATE_WHY = 192, STATE_NAME_MAX = 32 };

enum state_clock { STATE_CLOCK_SYSTEM, STATE_CLOCK_FIXED /* dnssec.clock */ };
enum state_open { STATE_DIRECTORY, STATE_READ, STATE_WRITE };

/* The system calls that it lives on, so that a test can fail each of them; results and errno as
 * theirs. `directory` is what open(STATE_DIRECTORY) gave, and -1 for that call itself. */
struct state_disk {
    void *context;
    int (*open)(void *context, int directory, const char *name, enum state_open how);
    int (*stat)(void *context, int fd, struct stat *found);
    ssize_t (*read)(void *context, int fd, void *into, size_t octets);
    ssize_t (*write)(void *context, int fd, const void *from, size_t octets);
    int (*sync)(void *context, int fd);
    int (*rename)(void *context, int directory, const char *from, const char *to);
    int (*remove)(void *context, int directory, const char *name);
    int (*close)(void *context, int fd);
};

extern const struct state_disk state_disk_real;

struct state_file {
    const struct state_disk *disk;
    const char *directory, *name; /* borrowed as long as this lives; name <= STATE_NAME_MAX */
    uint64_t sequence;            /* the highest that was read, written or tried; 0: none */
    bool sound;                   /* NAME is what was read or written last */
    struct unixtime written;      /* of what was read or written last; 0: never */
    enum state_clock clock;       /* what the time of a write comes from */
    char trouble[STATE_WHY];
};

/* The body, whose last line ends in \n, then NUL; memory_free it. */
enum status state_read(struct state_file *file, char **body) MUST_USE;

/* `body` is lines as above. ST_IO: see `trouble`; what was there before is still there. */
enum status state_write(struct state_file *file, struct bytes body, struct unixtime wall) MUST_USE;

#endif
