#include "resolver/state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/base/siphash.h"

enum {
    NAME_SIZE = STATE_NAME_MAX + sizeof ".before",
    HEAD_MAX = 256,
    TAIL_MAX = 32,
    TAIL_OCTETS = sizeof "checksum 0123456789abcdef\n" - 1,
    OTHERS_WRITE = S_IWGRP | S_IWOTH,
    TIME_TEXT = sizeof "2026-11-22T10:31:41Z"
};

/* ---- words ---- */

static enum status trouble(struct state_file *file, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum status trouble(struct state_file *file, enum status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(file->trouble, sizeof file->trouble, format, arguments);
    va_end(arguments);
    return status;
}

static void name_of(const struct state_file *file, const char *suffix, char name[NAME_SIZE])
{
    (void)snprintf(name, NAME_SIZE, "%.*s%s", STATE_NAME_MAX, file->name, suffix);
}

/* Against accidents, not against who may write the directory: such a one could write anything. */
static uint64_t checksum_of(struct bytes text)
{
    static const struct siphash_key key = { UINT64_C(0x636174656e612073), 1 };
    return siphash24(&key, text.at, text.len);
}

/* ---- the form ---- */

/* Why the octets are no lines of text, or NULL; `line` is then the line. */
static const char *lines_refuse(struct bytes text, size_t *line)
{
    size_t begin = 0;
    *line = 1;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\n') {
            begin = i + 1;
            ++*line;
        } else if (text.at[i] < ' ' || text.at[i] > '~') {
            return "has an octet that is no text";
        } else if (i - begin >= STATE_LINE_MAX) {
            return "is too long";
        }
    }
    return begin == text.len ? NULL : "has no end";
}

/* Takes "WORD NUMBER" and the rest of the line, which may be a note in parentheses. */
static const char *take_number(const char *at, const char *word, uint64_t *number)
{
    size_t len = strlen(word);
    uint64_t value = 0;
    if (strncmp(at, word, len) != 0 || at[len] != ' ' || at[len + 1] < '0' || at[len + 1] > '9')
        return NULL;
    for (at += len + 1; *at >= '0' && *at <= '9'; at++) {
        if (value > (INT64_MAX - 9) / 10)
            return NULL;
        value = value * 10 + (uint64_t)(*at - '0');
    }
    if (*at != '\n' && strncmp(at, " (", 2) != 0)
        return NULL;
    *number = value;
    return strchr(at, '\n') + 1;
}

/* One file as it was found. */
struct found {
    char *text; /* memory_free */
    size_t len;
    char *body; /* within it */
    uint64_t sequence, written;
    char why[STATE_WHY];
};

static enum status refuse(struct found *found, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum status refuse(struct found *found, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(found->why, sizeof found->why, format, arguments);
    va_end(arguments);
    return ST_MALFORMED;
}

/* The system could not say what is in the file: it may be whole. */
static enum status unreadable(struct found *found, const char *what)
{
    (void)refuse(found, "it cannot be %s: %s", what, strerror(errno));
    return ST_IO;
}

/* Cuts the checksum off and finds the body. The text ends with NUL, and every line with \n. */
static enum status judge_text(const struct state_file *file, struct found *found)
{
    char first[HEAD_MAX], last[TAIL_MAX];
    size_t line, len = found->len;
    const char *wrong = lines_refuse((struct bytes){ (uint8_t *)found->text, len }, &line);
    if (wrong != NULL)
        return refuse(found, "line %zu %s", line, wrong);
    int head = snprintf(first, sizeof first, "catena %.*s 1\n", STATE_NAME_MAX, file->name);
    if (len < (size_t)head + TAIL_OCTETS || memcmp(found->text, first, (size_t)head) != 0)
        return refuse(found, "it does not begin with \"catena %.*s 1\"", STATE_NAME_MAX,
                      file->name);
    char *tail = found->text + len - TAIL_OCTETS;
    uint64_t sum = checksum_of((struct bytes){ (uint8_t *)found->text, len - TAIL_OCTETS });
    (void)snprintf(last, sizeof last, "checksum %016" PRIx64 "\n", sum);
    if (tail[-1] != '\n' || memcmp(tail, last, TAIL_OCTETS) != 0)
        return refuse(found, "its checksum is wrong");
    *tail = '\0';
    const char *at = take_number(found->text + head, "sequence", &found->sequence);
    if (at != NULL)
        at = take_number(at, "written", &found->written);
    if (at == NULL)
        return refuse(found, "it has no sequence and time");
    found->body = found->text + (at - found->text);
    return ST_OK;
}

/* ---- reading ---- */

/* RULINGS B3: believed is only what nobody else could have written. */
static const char *owner_refuses(const struct stat *stat)
{
    if (stat->st_uid != geteuid())
        return "belongs to another user";
    return (stat->st_mode & OTHERS_WRITE) != 0 ? "may be written by other users" : NULL;
}

static enum status read_fd(const struct state_file *file, int fd, struct found *found)
{
    const struct state_disk *disk = file->disk;
    struct stat stat;
    if (disk->stat(disk->context, fd, &stat) != 0)
        return unreadable(found, "read");
    const char *wrong = owner_refuses(&stat);
    if (wrong != NULL)
        return refuse(found, "it %s", wrong);
    if (!S_ISREG(stat.st_mode) || stat.st_size > STATE_OCTETS_MAX)
        return refuse(found, "it is no file of at most %d octets", STATE_OCTETS_MAX);
    found->text = memory_new(STATE_OCTETS_MAX + 1);
    if (found->text == NULL)
        return ST_NOMEM;
    for (ssize_t got = 1; got > 0 && found->len < STATE_OCTETS_MAX; found->len += (size_t)got) {
        got =
            disk->read(disk->context, fd, found->text + found->len, STATE_OCTETS_MAX - found->len);
        if (got < 0)
            return unreadable(found, "read");
    }
    return judge_text(file, found);
}

static enum status read_one(const struct state_file *file, int directory, const char *suffix,
                            struct found *found)
{
    const struct state_disk *disk = file->disk;
    char name[NAME_SIZE];
    *found = (struct found){ .text = NULL };
    name_of(file, suffix, name);
    int fd = disk->open(disk->context, directory, name, STATE_READ);
    if (fd < 0 && errno == ENOENT)
        return ST_NOTFOUND;
    if (fd < 0 && (errno == ELOOP || errno == ENXIO)) /* a link, a pipe: not what we wrote */
        return refuse(found, "it cannot be opened: %s", strerror(errno));
    if (fd < 0)
        return unreadable(found, "opened");
    enum status status = read_fd(file, fd, found);
    (void)disk->close(disk->context, fd);
    return status;
}

/* A directory that we may believe, or -1. */
static int open_directory(struct state_file *file)
{
    const struct state_disk *disk = file->disk;
    struct stat stat;
    int fd = disk->open(disk->context, -1, file->directory, STATE_DIRECTORY);
    if (fd < 0) {
        (void)trouble(file, ST_IO, "the state directory %.80s cannot be opened: %s",
                      file->directory, strerror(errno));
        return -1;
    }
    const char *wrong =
        disk->stat(disk->context, fd, &stat) != 0 ? "cannot be examined" : owner_refuses(&stat);
    if (wrong == NULL)
        return fd;
    (void)trouble(file, ST_IO, "the state directory %.80s %s", file->directory, wrong);
    (void)disk->close(disk->context, fd);
    return -1;
}

/* Which of the two is to be believed; says what is wrong with the newer one, if anything is. */
static struct found *choose(struct state_file *file, enum status now, enum status earlier,
                            struct found found[2])
{
    uint64_t least = file->sequence;
    bool before = earlier == ST_OK && found[1].sequence >= least;
    if (earlier == ST_OK && found[1].sequence >= least)
        least = found[1].sequence + 1;
    if (now == ST_OK && found[0].sequence >= least)
        return &found[0];
    const char *instead = before ? "the one before it is used" : "it is not used";
    if (now == ST_OK)
        (void)trouble(file, ST_OK,
                      "%s is older than it should be (sequence %" PRIu64 " after %" PRIu64 "); %s",
                      file->name, found[0].sequence, least - 1, instead);
    else if (now != ST_NOTFOUND)
        (void)trouble(file, ST_OK, "%s: %.96s; %s", file->name, found[0].why, instead);
    else if (earlier != ST_NOTFOUND && !before)
        (void)trouble(file, ST_OK, "%s is gone, and the one before it is of no use", file->name);
    return before ? &found[1] : NULL;
}

static enum status take(struct state_file *file, const enum status read[2], struct found found[2],
                        char **body)
{
    for (unsigned i = 0; i < 2; i++)
        if (read[i] == ST_NOMEM)
            return trouble(file, ST_NOMEM, "no memory to read %s", file->name);
    if (read[0] == ST_IO || (read[0] != ST_OK && read[1] == ST_IO))
        return trouble(file, ST_IO, "%s: %.96s; it is not used, and not written over", file->name,
                       found[read[0] == ST_IO ? 0 : 1].why);
    struct found *chosen = choose(file, read[0], read[1], found);
    for (unsigned i = 0; i < 2; i++)
        if (read[i] == ST_OK && found[i].sequence > file->sequence)
            file->sequence = found[i].sequence;
    if (chosen == NULL)
        return read[0] == ST_NOTFOUND && read[1] == ST_NOTFOUND ? ST_NOTFOUND : ST_MALFORMED;
    file->written = (struct unixtime){ (int64_t)chosen->written };
    file->sound = chosen == &found[0];
    *body = memory_text(chosen->body);
    return *body != NULL ? ST_OK : trouble(file, ST_NOMEM, "no memory to read %s", file->name);
}

enum status state_read(struct state_file *file, char **body)
{
    struct found found[2];
    file->trouble[0] = '\0';
    int directory = open_directory(file);
    if (directory < 0)
        return ST_IO;
    enum status read[2] = { read_one(file, directory, "", &found[0]),
                            read_one(file, directory, ".before", &found[1]) };
    enum status status = take(file, read, found, body);
    memory_free(found[0].text);
    memory_free(found[1].text);
    (void)file->disk->close(file->disk->context, directory);
    return status;
}

/* ---- writing ---- */

/* The whole file as it will be; its length, or 0: no memory. */
static size_t compose(const struct state_file *file, struct bytes body, struct unixtime wall,
                      char **text)
{
    char when[TIME_TEXT];
    size_t room = HEAD_MAX + body.len + TAIL_MAX;
    *text = memory_new(room);
    if (*text == NULL)
        return 0;
    unixtime_text(wall, when, sizeof when);
    int head =
        snprintf(*text, HEAD_MAX, "catena %.*s 1\nsequence %" PRIu64 "\nwritten %" PRId64 " (%s)\n",
                 STATE_NAME_MAX, file->name, file->sequence, wall.s < 0 ? 0 : wall.s, when);
    size_t len = (size_t)head;
    memcpy(*text + len, body.at, body.len);
    len += body.len;
    uint64_t sum = checksum_of((struct bytes){ (uint8_t *)*text, len });
    return len + (size_t)snprintf(*text + len, room - len, "checksum %016" PRIx64 "\n", sum);
}

/* The step that failed, for people; NULL: all of it is on the disk. */
static const char *write_new(const struct state_disk *disk, int fd, const char *text, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t wrote = disk->write(disk->context, fd, text + done, len - done);
        if (wrote == 0)
            errno = EIO;
        if (wrote <= 0)
            return "written";
        done += (size_t)wrote;
    }
    return disk->sync(disk->context, fd) == 0 ? NULL : "synced";
}

static const char *put_in_place(const struct state_file *file, int directory, const char *fresh)
{
    const struct state_disk *disk = file->disk;
    char name[NAME_SIZE], before[NAME_SIZE];
    name_of(file, "", name);
    name_of(file, ".before", before);
    if (file->sound && disk->rename(disk->context, directory, name, before) != 0 && errno != ENOENT)
        return "moved";
    if (disk->rename(disk->context, directory, fresh, name) != 0)
        return "moved";
    return disk->sync(disk->context, directory) == 0 ? NULL : "synced in its directory";
}

static const char *write_all(const struct state_file *file, int directory, const char *text,
                             size_t len)
{
    const struct state_disk *disk = file->disk;
    char fresh[NAME_SIZE];
    name_of(file, ".new", fresh);
    int fd = disk->open(disk->context, directory, fresh, STATE_WRITE);
    if (fd < 0)
        return "created";
    const char *failed = write_new(disk, fd, text, len);
    int kept = errno;
    if (disk->close(disk->context, fd) != 0 && failed == NULL) {
        failed = "closed";
        kept = errno;
    }
    if (failed != NULL) { /* on a full disk it would take room for nothing */
        (void)disk->remove(disk->context, directory, fresh);
        errno = kept;
        return failed;
    }
    return put_in_place(file, directory, fresh);
}

enum status state_write(struct state_file *file, struct bytes body, struct unixtime wall)
{
    struct unixtime floor = file->clock == STATE_CLOCK_FIXED ? file->written : wall;
    size_t line;
    char *text;
    const char *wrong = lines_refuse(body, &line);
    file->trouble[0] = '\0';
    if (wrong != NULL || body.len > STATE_OCTETS_MAX - HEAD_MAX - TAIL_MAX)
        return trouble(file, ST_MALFORMED, "%s cannot be written: line %zu %s", file->name, line,
                       wrong != NULL ? wrong : "is one too many");
    int directory = open_directory(file);
    if (directory < 0)
        return ST_IO;
    file->sequence++; /* of a try that failed late the file may be there: no two are alike */
    size_t len = compose(file, body, floor, &text);
    const char *failed = len != 0 ? write_all(file, directory, text, len) : "composed";
    if (failed != NULL)
        (void)trouble(file, ST_IO, "%s cannot be %s: %s; what is known stays in memory alone",
                      file->name, failed, strerror(len != 0 ? errno : ENOMEM));
    else
        file->written = floor;
    file->sound |= failed == NULL;
    memory_free(text);
    (void)file->disk->close(file->disk->context, directory);
    return failed == NULL ? ST_OK : ST_IO;
}
