#include "lib/base/log.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/memory.h"

enum {
    RING_OCTETS = 1 << 20,
    WRITE_OCTETS = 4096, /* PIPE_BUF: what a pipe that poll calls writable takes at once */
    REPEAT_SETS = 128,
    REPEAT_WAYS = 4,
    REPEAT_MS = 30000 /* LIMITS H6 */
};

static const char *const level_names[] = {
    [LOG_ERROR] = "error", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
    [LOG_INFO] = "info",   [LOG_DEBUG] = "debug",
};

struct repeat {
    uint64_t key;
    struct instant spoke;
    bool taken;
};

static struct {
    pthread_mutex_t lock; /* guards all below but the two atomics; never held in a system call */
    _Atomic int most, format;
    char *ring;           /* NULL: lines go to standard error at once */
    size_t tail, waiting; /* the octets that wait begin at ring[tail]; waiting <= RING_OCTETS */
    int fd;
    bool is_socket;
    struct instant second_began;
    unsigned second_lines;
    uint64_t left_out;                                  /* since the last line that went out */
    struct repeat repeats[2][REPEAT_SETS][REPEAT_WAYS]; /* [1]: of INFO and DEBUG */
} journal = { .lock = PTHREAD_MUTEX_INITIALIZER, .most = LOG_INFO, .fd = STDERR_FILENO };

#ifdef CATENA_TESTING
static struct {
    _Atomic bool on;
    _Atomic uint64_t now_ns;
    _Atomic int64_t wall_s;
} pretended;

void log_pretend(struct instant now, struct unixtime wall)
{
    atomic_store(&pretended.now_ns, now.ns);
    atomic_store(&pretended.wall_s, wall.s);
    atomic_store(&pretended.on, true);
}

static struct instant clock_now(void)
{
    return pretended.on ? (struct instant){ pretended.now_ns } : instant_read();
}

static struct unixtime clock_wall(void)
{
    return pretended.on ? (struct unixtime){ pretended.wall_s } : unixtime_read();
}
#else
static struct instant clock_now(void)
{
    return instant_read();
}

static struct unixtime clock_wall(void)
{
    return unixtime_read();
}
#endif

/* A line being made: what does not fit whole below `room` stays out. */
struct line {
    size_t len, room;
    char octets[LOG_LINE];
};

static bool line_add(struct line *line, const char *text, size_t len)
{
    if (len > line->room - line->len)
        return false;
    memcpy(line->octets + line->len, text, len);
    line->len += len;
    return true;
}

static size_t write_escape(char out[4], uint8_t octet)
{
    out[0] = '\\';
    out[1] = (char)('0' + octet / 100);
    out[2] = (char)('0' + octet / 10 % 10);
    out[3] = (char)('0' + octet % 10);
    return 4;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Text ends with a NUL, so no octet behind its end is looked at. */
static bool begins_escape(const char *at)
{
    return at[0] == '\\' && is_digit(at[1]) && is_digit(at[2]) && is_digit(at[3]);
}

/* How one octet of a message leaves: the octets of the unit, and its length. */
static size_t line_unit(const char *at, enum log_format format, char unit[8])
{
    bool printable = *at >= ' ' && *at <= '~', is_json = format == LOG_JSON;
    if (printable && *at != '\\' && !(is_json && *at == '"')) {
        unit[0] = *at;
        return 1;
    }
    if (is_json) /* JSON's own quoting comes on top, RFC 8259 §7 */
        *unit++ = '\\';
    if (*at == '"' || begins_escape(at)) {
        unit[0] = *at;
        return is_json + 1U;
    }
    return is_json + write_escape(unit, (uint8_t)*at);
}

static void line_message(struct line *line, const char *text, enum log_format format)
{
    char unit[8];
    for (const char *at = text; *at != '\0'; at++) {
        if (!line_add(line, unit, line_unit(at, format, unit)))
            break;
    }
}

/* Puts time and level before the message and the count of lost lines behind it. */
static void line_make(struct line *line, enum log_level level, const char *text, uint64_t left_out)
{
    bool is_json = atomic_load(&journal.format) == LOG_JSON;
    char when[32], before[96], after[64] = "";
    unixtime_text(clock_wall(), when, sizeof when);
    int len = snprintf(before, sizeof before,
                       is_json ? "{\"time\":\"%s\",\"level\":\"%s\",\"text\":\"" : "%s %s ", when,
                       level_names[level]);
    int after_len = snprintf(after, sizeof after, is_json ? "\"}\n" : "\n");
    if (left_out > 0)
        after_len =
            snprintf(after, sizeof after,
                     is_json ? "\",\"left_out\":%" PRIu64 "}\n" : " (%" PRIu64 " lines left out)\n",
                     left_out);
    line->len = 0;
    line->room = sizeof line->octets - (size_t)after_len;
    (void)line_add(line, before, (size_t)len);
    line_message(line, text, is_json ? LOG_JSON : LOG_TEXT);
    line->room = sizeof line->octets;
    (void)line_add(line, after, (size_t)after_len);
}

static bool is_common(enum log_level level)
{
    return level >= LOG_INFO;
}

/* LIMITS H6: how many lines a second may have gone out before one of this level does. */
static unsigned lines_allowed(enum log_level level)
{
    if (is_common(level))
        return LOG_COMMON_LINES_PER_S;
    return level == LOG_ERROR ? LOG_LINES_PER_S : LOG_LINES_PER_S - LOG_GRAVE_LINES_PER_S;
}

/* Whether this second has a line left; then `left_out` is what the line has to say. */
static bool claim_line(enum log_level level, struct instant now, uint64_t *left_out)
{
    pthread_mutex_lock(&journal.lock);
    if (now.ns < journal.second_began.ns || now.ns - journal.second_began.ns >= NS_PER_S) {
        journal.second_began = now;
        journal.second_lines = 0;
    }
    bool may = journal.second_lines < lines_allowed(level);
    journal.second_lines += may;
    *left_out = journal.left_out;
    journal.left_out = may ? 0 : journal.left_out + 1;
    pthread_mutex_unlock(&journal.lock);
    return may;
}

/* The lock is held, and there is room. */
static void ring_append(const struct line *line)
{
    size_t head = (journal.tail + journal.waiting) % RING_OCTETS;
    size_t first = RING_OCTETS - head < line->len ? RING_OCTETS - head : line->len;
    memcpy(journal.ring + head, line->octets, first);
    memcpy(journal.ring, line->octets + first, line->len - first);
    journal.waiting += line->len;
}

static void line_out(const struct line *line, uint64_t left_out)
{
    pthread_mutex_lock(&journal.lock);
    bool at_once = journal.ring == NULL;
    if (!at_once && line->len <= RING_OCTETS - journal.waiting)
        ring_append(line);
    else if (!at_once)
        journal.left_out += left_out + 1;
    pthread_mutex_unlock(&journal.lock);
    if (at_once && write(STDERR_FILENO, line->octets, line->len) < 0)
        return; /* there is no one left to tell */
}

void log_line(enum log_level level, const char *format, ...)
{
    uint64_t left_out;
    if ((int)level > atomic_load(&journal.most) || !claim_line(level, clock_now(), &left_out))
        return;
    char text[LOG_LINE] = "";
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct line line;
    line_make(&line, level, text, left_out);
    line_out(&line, left_out);
}

void log_level_set(enum log_level most)
{
    atomic_store(&journal.most, (int)most);
}

void log_format_set(enum log_format format)
{
    atomic_store(&journal.format, (int)format);
}

enum status log_start(int fd)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return ST_IO;
    char *ring = memory_resize(NULL, 1, RING_OCTETS);
    if (ring == NULL)
        return ST_NOMEM;
    pthread_mutex_lock(&journal.lock);
    bool was_started = journal.ring != NULL;
    if (!was_started) {
        journal.ring = ring;
        journal.tail = journal.waiting = 0;
        journal.fd = fd;
        journal.is_socket = S_ISSOCK(about.st_mode);
    }
    pthread_mutex_unlock(&journal.lock);
    if (was_started)
        memory_free(ring);
    return was_started ? ST_BUSY : ST_OK;
}

/* Others share the open file, so its O_NONBLOCK is not ours to set. */
static ssize_t write_unblocked(const char *octets, size_t len)
{
    if (journal.is_socket)
        return send(journal.fd, octets, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    struct pollfd asked = { .fd = journal.fd, .events = POLLOUT };
    if (poll(&asked, 1, 0) != 1 || asked.revents != POLLOUT)
        return -1;
    return write(journal.fd, octets, len);
}

/* One write; false when nothing waits or the file takes no more. Writers only append, so what
 * waits stays where it is while the lock is open. */
static bool drain_some(void)
{
    pthread_mutex_lock(&journal.lock);
    const char *octets = journal.ring != NULL ? journal.ring + journal.tail : NULL;
    size_t len = octets != NULL ? journal.waiting : 0;
    size_t to_end = RING_OCTETS - journal.tail;
    pthread_mutex_unlock(&journal.lock);
    len = len < to_end ? len : to_end;
    len = len < WRITE_OCTETS ? len : WRITE_OCTETS;
    ssize_t written = len > 0 ? write_unblocked(octets, len) : 0;
    if (written <= 0)
        return false;
    pthread_mutex_lock(&journal.lock);
    journal.waiting -= (size_t)written;
    journal.tail = (journal.tail + (size_t)written) % RING_OCTETS;
    if (journal.waiting == 0)
        journal.tail = 0; /* pages never touched cost nothing */
    pthread_mutex_unlock(&journal.lock);
    return true;
}

void log_drain(void)
{
    for (int writes = 2 * RING_OCTETS / WRITE_OCTETS; writes > 0 && drain_some(); writes--)
        ;
}

void log_stop(void)
{
    log_drain();
    pthread_mutex_lock(&journal.lock);
    char *ring = journal.ring;
    journal.ring = NULL;
    pthread_mutex_unlock(&journal.lock);
    memory_free(ring);
}

/* The slot of `key`, or else the one to give up for it: a free one, or who spoke longest ago. */
static struct repeat *repeat_slot(enum log_level level, uint64_t key)
{
    uint64_t spread = key * UINT64_C(0x9e3779b97f4a7c15); /* keys may be small numbers */
    struct repeat *set = journal.repeats[is_common(level)][spread >> 32 & (REPEAT_SETS - 1)];
    struct repeat *slot = set;
    for (int i = 0; i < REPEAT_WAYS; i++) {
        if (set[i].taken && set[i].key == key)
            return &set[i];
        bool longer_ago = instant_before(set[i].spoke, slot->spoke);
        if (slot->taken && (!set[i].taken || longer_ago))
            slot = &set[i];
    }
    return slot;
}

int log_may_repeat(enum log_level level, uint64_t key, struct instant now)
{
    pthread_mutex_lock(&journal.lock);
    struct repeat *slot = repeat_slot(level, key);
    bool known = slot->taken && slot->key == key;
    bool may = !known || instant_ms_between(slot->spoke, now) >= REPEAT_MS;
    if (may)
        *slot = (struct repeat){ .key = key, .spoke = now, .taken = true };
    else
        journal.left_out++;
    pthread_mutex_unlock(&journal.lock);
    return may;
}

int log_is_due(_Atomic uint64_t *due_ms, struct instant now)
{
    uint64_t ms = now.ns / NS_PER_MS, due = atomic_load(due_ms);
    return ms >= due && atomic_compare_exchange_strong(due_ms, &due, ms + REPEAT_MS);
}

static bool is_plain(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == ' ';
}

void log_escape(char *text, size_t size, const void *octets, size_t len)
{
    const uint8_t *from = octets;
    char escape[4], *at = text, *end = text + size;
    if (size == 0)
        return;
    for (size_t i = 0; i < len; i++) {
        size_t unit = is_plain(from[i]) ? 1 : write_escape(escape, from[i]);
        if (unit >= (size_t)(end - at))
            break;
        if (unit == 1)
            *at = (char)from[i];
        else
            memcpy(at, escape, unit);
        at += unit;
    }
    *at = '\0';
}
