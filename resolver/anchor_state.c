#include "resolver/anchor_state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/dnssec/ds.h"
#include "lib/wire/text.h"
#include "lib/wire/type.h"

enum { SCRATCH_OCTETS = 1 << 20, WORD_MAX = 16, TIME_BITS = 40 };

/* ---- the points ---- */

void anchor_points_clear(struct anchor_points *points)
{
    for (size_t i = 0; i < points->count; i++)
        memory_free(points->points[i]);
    points->count = 0;
}

struct rfc5011_point *anchor_points_get(struct anchor_points *points, const struct name *zone)
{
    for (size_t i = 0; i < points->count; i++)
        if (name_equal(&points->points[i]->zone, zone))
            return points->points[i];
    struct rfc5011_point *added =
        points->count < ANCHOR_POINTS_MAX ? memory_new(sizeof *added) : NULL;
    if (added != NULL) {
        added->zone = name_lower(zone);
        points->points[points->count++] = added;
    }
    return added;
}

/* ---- out ---- */

/* Text that grows within a block of STATE_OCTETS_MAX; `len` over it: there was no room. */
struct page {
    char *text;
    size_t len;
};

static void put(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct page *page, const char *format, ...)
{
    va_list arguments;
    if (page->len >= STATE_OCTETS_MAX)
        return;
    va_start(arguments, format);
    int wrote = vsnprintf(page->text + page->len, STATE_OCTETS_MAX - page->len, format, arguments);
    va_end(arguments);
    page->len += wrote < 0 ? STATE_OCTETS_MAX : (size_t)wrote;
}

static void put_key(struct page *page, unsigned slot, const struct rfc5011_key *key)
{
    char rdata[TEXT_RDATA];
    uint16_t type = key->form == ROLL_AS_DS ? TYPE_DS : TYPE_DNSKEY;
    put(page, "key %u %s %s %s tag %u since %" PRId64 " seen %" PRId64, slot,
        rfc5011_state_name((enum rfc5011_state)key->state), key->builtin ? "built-in" : "learned",
        key->revoked ? "revoked" : "clean", (unsigned)rfc5011_tag(key), key->since.s, key->seen.s);
    put(page, " counted %" PRIu32 " hold %" PRIu32 " signers %" PRIu32 " %s %s\n", key->counted_s,
        key->hold_s, key->signers, type == TYPE_DS ? "DS" : "DNSKEY",
        text_rdata(type, (struct bytes){ key->rdata, key->len }, rdata, sizeof rdata));
}

static void put_point(struct page *page, const struct rfc5011_point *point)
{
    char zone[NAME_TEXT];
    put(page, "zone %s checked %" PRId64 " ttl %" PRIu32 " expires %" PRId64 "\n",
        name_text(&point->zone, zone, sizeof zone), point->checked.s, point->ttl_s,
        point->expires.s);
    for (unsigned slot = 0; slot < ROLL_KEYS; slot++)
        if (point->keys[slot].state != ROLL_START)
            put_key(page, slot, &point->keys[slot]);
}

enum status anchor_state_save(struct state_file *file, const struct anchor_points *points,
                              struct unixtime wall)
{
    struct page page = { .text = memory_new(STATE_OCTETS_MAX) };
    if (page.text == NULL) {
        (void)snprintf(file->trouble, sizeof file->trouble, "no memory to write %s", file->name);
        return ST_NOMEM;
    }
    for (size_t i = 0; i < points->count; i++)
        put_point(&page, points->points[i]);
    enum status status = state_write(file, (struct bytes){ (uint8_t *)page.text, page.len }, wall);
    memory_free(page.text);
    return status;
}

/* ---- in ---- */

/* One body as it is read, line by line; `wrong` says what the line should have been. */
struct reading {
    struct anchor_points *points;
    struct rfc5011_point *point;
    int slot; /* of the point's last key */
    struct arena *arena;
    const char *at; /* within the line, which ends with NUL */
    const char *wrong;
};

static bool fail(struct reading *r, const char *wrong)
{
    if (r->wrong == NULL)
        r->wrong = wrong;
    return false;
}

/* The next word; empty at the end of the line, or if it is longer than any we know. */
static void next_word(struct reading *r, char *word, size_t size)
{
    size_t len = strcspn(r->at, " ");
    bool fits = len < size;
    memcpy(word, r->at, fits ? len : 0);
    word[fits ? len : 0] = '\0';
    r->at += len + (r->at[len] == ' ' ? 1 : 0);
}

static bool take_word(struct reading *r, const char *word)
{
    char found[WORD_MAX];
    next_word(r, found, sizeof found);
    return strcmp(found, word) == 0 ? true : fail(r, word);
}

/* Decimal digits alone, at most `most`. */
static bool take_value(struct reading *r, const char *word, uint64_t most, uint64_t *value)
{
    char digits[24];
    next_word(r, digits, sizeof digits);
    *value = 0;
    for (const char *c = digits; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || *value > most / 10)
            return fail(r, word);
        *value = *value * 10 + (uint64_t)(*c - '0');
    }
    return digits[0] != '\0' && *value <= most ? true : fail(r, word);
}

static uint64_t take_number(struct reading *r, const char *word, uint64_t most)
{
    uint64_t value = 0;
    if (take_word(r, word))
        (void)take_value(r, word, most, &value);
    return value;
}

static struct unixtime take_time(struct reading *r, const char *word)
{
    return (struct unixtime){ (int64_t)take_number(r, word, UINT64_C(1) << TIME_BITS) };
}

/* Which of two words it is: 0 or 1. */
static bool take_flag(struct reading *r, const char *no, const char *yes)
{
    char word[WORD_MAX];
    next_word(r, word, sizeof word);
    if (strcmp(word, no) != 0 && strcmp(word, yes) != 0)
        (void)fail(r, yes);
    return strcmp(word, yes) == 0;
}

static uint8_t take_state(struct reading *r)
{
    char word[WORD_MAX];
    next_word(r, word, sizeof word);
    for (unsigned state = ROLL_START + 1; state < ROLL_STATES; state++)
        if (strcmp(word, rfc5011_state_name((enum rfc5011_state)state)) == 0)
            return (uint8_t)state;
    (void)fail(r, "a state");
    return ROLL_START;
}

/* "DNSKEY 257 3 8 AwEA..." or "DS ..." to the end of the line. */
static void take_rdata(struct reading *r, struct rfc5011_key *key)
{
    char line[STATE_LINE_MAX + 8], why[TEXT_WHY];
    struct text_record record;
    (void)snprintf(line, sizeof line, ". 0 IN %s", r->at);
    if (text_read_record(line, r->arena, &record, why) != ST_OK ||
        (record.type != TYPE_DNSKEY && record.type != TYPE_DS) || record.rdata.len < 4 ||
        record.rdata.len > ROLL_KEY_OCTETS) {
        (void)fail(r, "a DNSKEY or DS");
        return;
    }
    key->form = record.type == TYPE_DS ? ROLL_AS_DS : ROLL_AS_KEY;
    key->len = (uint16_t)record.rdata.len;
    memcpy(key->rdata, record.rdata.at, record.rdata.len);
}

/* What no run of ours could have written: it is not believed, checksum or not. */
static const char *key_refuses(const struct rfc5011_key *key, uint64_t tag)
{
    struct bytes rdata = { key->rdata, key->len };
    struct dnskey dnskey;
    if (rfc5011_tag(key) != tag)
        return "the tag of its key";
    if (key->hold_s < rfc5011_hold_s((enum rfc5011_state)key->state))
        return "the hold-down of its state";
    if (key->form == ROLL_AS_DS)
        return key->state == ROLL_VALID ? NULL : "a DS that is valid";
    if (!dnskey_parse(rdata, &dnskey) || (dnskey.flags & DNSKEY_REVOKE) != 0)
        return "a key without REVOKE";
    if (key->revoked)
        return key->state == ROLL_REVOKED || key->state == ROLL_REMOVED ? NULL : "clean";
    return key->state != ROLL_REVOKED ? NULL : "revoked";
}

static bool take_key(struct reading *r)
{
    uint64_t slot = 0;
    struct rfc5011_key key = { .state = ROLL_START };
    if (r->point == NULL || !take_value(r, "a slot", ROLL_KEYS - 1, &slot) || (int)slot <= r->slot)
        return fail(r, "a zone, then its slots");
    key.state = take_state(r);
    key.builtin = take_flag(r, "learned", "built-in");
    key.revoked = take_flag(r, "clean", "revoked");
    uint64_t tag = take_number(r, "tag", UINT16_MAX);
    key.since = take_time(r, "since");
    key.seen = take_time(r, "seen");
    key.counted_s = (uint32_t)take_number(r, "counted", UINT32_MAX);
    key.hold_s = (uint32_t)take_number(r, "hold", UINT32_MAX);
    key.signers = (uint32_t)take_number(r, "signers", (1u << ROLL_KEYS) - 1);
    if (r->wrong == NULL)
        take_rdata(r, &key);
    if (r->wrong == NULL)
        r->wrong = key_refuses(&key, tag);
    r->point->keys[slot] = key;
    r->slot = (int)slot;
    return r->wrong == NULL;
}

static bool take_zone(struct reading *r)
{
    char text[NAME_TEXT];
    struct name zone;
    size_t before = r->points->count;
    next_word(r, text, sizeof text);
    if (name_from_text(text, &zone) != ST_OK)
        return fail(r, "the name of a zone");
    r->point = anchor_points_get(r->points, &zone);
    r->slot = -1;
    if (r->point == NULL || r->points->count == before)
        return fail(r, "a zone more, each once");
    r->point->checked = take_time(r, "checked");
    r->point->ttl_s = (uint32_t)take_number(r, "ttl", UINT32_MAX);
    r->point->expires = take_time(r, "expires");
    return *r->at == '\0' ? r->wrong == NULL : fail(r, "the end of the line");
}

static bool take_line(struct reading *r)
{
    char word[WORD_MAX];
    next_word(r, word, sizeof word);
    if (strcmp(word, "zone") == 0)
        return take_zone(r);
    return strcmp(word, "key") == 0 ? take_key(r) : fail(r, "zone or key");
}

/* A key's record is read into memory of its own, which goes with the line. */
static bool take_line_in(struct reading *r, struct pool *pool)
{
    r->arena = arena_create(pool, SCRATCH_OCTETS);
    bool taken = r->arena != NULL ? take_line(r) : fail(r, "read, but memory is short");
    arena_destroy(r->arena);
    return taken;
}

/* Lines of the body, whose ends become NUL. */
static enum status parse(struct state_file *file, char *body, struct anchor_points *points)
{
    struct reading r = { .points = points };
    struct pool *pool = pool_create(2 * SCRATCH_OCTETS);
    unsigned line = 3; /* the head's */
    bool taken = pool != NULL;
    for (char *at = body, *end; taken && (end = strchr(at, '\n')) != NULL; at = end + 1) {
        *end = '\0';
        r.at = at;
        line++;
        taken = take_line_in(&r, pool);
    }
    pool_destroy(pool);
    if (taken)
        return ST_OK;
    (void)snprintf(file->trouble, sizeof file->trouble,
                   "%s: line %u is not as it should be: expected %s; it is not used", file->name,
                   line, r.wrong != NULL ? r.wrong : "memory");
    return ST_MALFORMED;
}

enum status anchor_state_load(struct state_file *file, struct anchor_points *points)
{
    char *body;
    TRY(state_read(file, &body));
    enum status status = parse(file, body, points);
    if (status != ST_OK)
        anchor_points_clear(points);
    memory_free(body);
    return status;
}
