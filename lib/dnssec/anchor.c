#include "lib/dnssec/anchor.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/dnssec/ds.h"
#include "lib/wire/type.h"

enum {
    ANCHOR_TTL_S = INT32_MAX, /* an anchor does not age: it never shortens what hangs on it */
    SCRATCH_OCTETS = 1 << 20  /* for one line: its record, and its set packed anew */
};

/* The anchors of one zone; each set is a block of its own (memory_free), or NULL. */
struct anchor_zone {
    struct name zone;
    struct rrset *ds, *keys;
};

struct anchor_set {
    size_t zone_count, line_count;
    struct anchor_zone zones[ANCHORS_MAX];
};

static const char builtin[] =
#include "root_ds.inc"
    ;

struct anchor_set *anchor_set_create(void)
{
    return memory_new(sizeof(struct anchor_set));
}

void anchor_set_destroy(struct anchor_set *set)
{
    for (size_t i = 0; set != NULL && i < set->zone_count; i++) {
        memory_free(set->zones[i].ds);
        memory_free(set->zones[i].keys);
    }
    memory_free(set);
}

/* ST_OK with no block for no set. */
static enum status copy_block(const struct rrset *from, struct rrset **block)
{
    *block = from != NULL ? memory_new(from->size) : NULL;
    if (*block != NULL)
        memcpy(*block, from, from->size);
    return from == NULL || *block != NULL ? ST_OK : ST_NOMEM;
}

struct anchor_set *anchor_set_copy(const struct anchor_set *set)
{
    struct anchor_set *copy = anchor_set_create();
    for (size_t i = 0; copy != NULL && i < set->zone_count; i++) {
        const struct anchor_zone *from = &set->zones[i];
        struct anchor_zone *zone = &copy->zones[copy->zone_count++];
        zone->zone = from->zone;
        if (copy_block(from->ds, &zone->ds) == ST_OK &&
            copy_block(from->keys, &zone->keys) == ST_OK)
            continue;
        anchor_set_destroy(copy);
        return NULL;
    }
    if (copy != NULL)
        copy->line_count = set->line_count;
    return copy;
}

/* ---- adding ---- */

static enum status say(char why[TEXT_WHY], enum status status, const char *sentence)
{
    (void)snprintf(why, TEXT_WHY, "%s", sentence);
    return status;
}

/* RFC 4035 §4.4, RFC 5011 §2.1: what can never prove anything is a mistake of whoever wrote it. */
static enum status check_record(const struct text_record *record, char why[TEXT_WHY])
{
    struct dnskey key;
    struct ds ds;
    if (record->class != CLASS_IN)
        return say(why, ST_MALFORMED, "a trust anchor is of class IN");
    if (record->type == TYPE_DS)
        return ds_parse(record->rdata, &ds) ? ST_OK : say(why, ST_MALFORMED, "a DS without digest");
    if (record->type != TYPE_DNSKEY)
        return say(why, ST_MALFORMED, "a trust anchor is a DS or a DNSKEY record");
    if (!dnskey_parse(record->rdata, &key) || key.key.len == 0)
        return say(why, ST_MALFORMED, "a DNSKEY without key");
    if ((key.flags & DNSKEY_ZONE) == 0 || key.protocol != 3)
        return say(why, ST_MALFORMED,
                   "a DNSKEY that is no zone key (flags 256 or 257, protocol 3)");
    if ((key.flags & DNSKEY_REVOKE) != 0)
        return say(why, ST_MALFORMED, "a DNSKEY that is revoked");
    return ST_OK;
}

static struct anchor_zone *zone_of(struct anchor_set *set, const struct name *name)
{
    for (size_t i = 0; i < set->zone_count; i++)
        if (name_equal(&set->zones[i].zone, name))
            return &set->zones[i];
    struct anchor_zone *added = &set->zones[set->zone_count]; /* a line a zone at most: it fits */
    *added = (struct anchor_zone){ .zone = name_lower(name) };
    return added;
}

/* The set `old` (or NULL) with one record more, as a block of its own. */
static enum status with_record(const struct rrset *old, const struct text_record *record,
                               struct arena *scratch, struct rrset **block)
{
    struct bytes rdatas[ANCHORS_MAX];
    struct rrset_parts parts = {
        .owner = &record->owner, .type = record->type, .ttl = ANCHOR_TTL_S, .rdatas = rdatas
    };
    struct rrset *packed;
    if (old != NULL)
        for (struct rrset_walk walk = rrset_records(old);
             parts.rr_count < ANCHORS_MAX - 1 && rrset_next(&walk, &rdatas[parts.rr_count]);)
            parts.rr_count++;
    rdatas[parts.rr_count++] = record->rdata;
    TRY(rrset_pack(&parts, scratch, &packed));
    *block = memory_new(packed->size);
    if (*block == NULL)
        return ST_NOMEM;
    memcpy(*block, packed, packed->size);
    (*block)->security = SEC_SECURE;
    return ST_OK;
}

static enum status add_record(struct anchor_set *set, const struct text_record *record,
                              struct arena *scratch, char why[TEXT_WHY])
{
    struct rrset *block = NULL;
    TRY(check_record(record, why));
    if (set->line_count == ANCHORS_MAX)
        return say(why, ST_LIMIT, "too many trust anchors");
    struct anchor_zone *zone = zone_of(set, &record->owner);
    struct rrset **place = record->type == TYPE_DS ? &zone->ds : &zone->keys;
    enum status status = with_record(*place, record, scratch, &block);
    if (status != ST_OK)
        return say(why, status, "no memory for a trust anchor");
    memory_free(*place);
    *place = block;
    set->line_count++;
    if (zone == &set->zones[set->zone_count])
        set->zone_count++;
    return ST_OK;
}

/* Memory for the time of one call. */
struct scratch {
    struct pool *pool;
    struct arena *arena;
};

static void scratch_end(struct scratch *scratch)
{
    arena_destroy(scratch->arena);
    pool_destroy(scratch->pool);
}

static bool scratch_begin(struct scratch *scratch)
{
    scratch->arena = NULL;
    scratch->pool = pool_create(2 * SCRATCH_OCTETS);
    if (scratch->pool != NULL)
        scratch->arena = arena_create(scratch->pool, SCRATCH_OCTETS);
    if (scratch->arena == NULL)
        scratch_end(scratch);
    return scratch->arena != NULL;
}

enum status anchor_add_line(struct anchor_set *set, const char *line, char why[TEXT_WHY])
{
    struct scratch scratch;
    struct text_record record;
    if (!scratch_begin(&scratch))
        return say(why, ST_NOMEM, "no memory for a trust anchor");
    enum status status = text_read_record(line, scratch.arena, &record, why);
    if (status == ST_OK)
        status = add_record(set, &record, scratch.arena, why);
    scratch_end(&scratch);
    return status;
}

enum status anchor_add(struct anchor_set *set, const struct name *zone, uint16_t type,
                       struct bytes rdata)
{
    struct text_record record = { .owner = *zone, .type = type, .class = CLASS_IN, .rdata = rdata };
    struct scratch scratch;
    char why[TEXT_WHY];
    if (!scratch_begin(&scratch))
        return ST_NOMEM;
    enum status status = add_record(set, &record, scratch.arena, why);
    scratch_end(&scratch);
    return status;
}

enum status anchor_add_builtin(struct anchor_set *set)
{
    char line[TEXT_RDATA], why[TEXT_WHY];
    for (const char *at = builtin, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        if ((size_t)(end - at) >= sizeof line)
            return ST_MALFORMED;
        memcpy(line, at, (size_t)(end - at));
        line[end - at] = '\0';
        TRY(anchor_add_line(set, line, why));
    }
    return ST_OK;
}

/* What text_read_file hands on to take_record. */
struct filing {
    struct anchor_set *set;
    enum status status;
    char *why;
};

static bool take_record(void *context, const struct text_record *record)
{
    struct filing *filing = context;
    struct scratch scratch;
    if (!scratch_begin(&scratch)) {
        filing->status = say(filing->why, ST_NOMEM, "no memory for a trust anchor");
        return false;
    }
    filing->status = add_record(filing->set, record, scratch.arena, filing->why);
    scratch_end(&scratch);
    return filing->status == ST_OK;
}

enum status anchor_add_file(struct anchor_set *set, const char *path, char why[TEXT_WHY])
{
    char refusal[TEXT_WHY] = "";
    struct filing filing = { .set = set, .status = ST_OK, .why = refusal };
    struct text_source source = { .path = path, .ttl = ANCHOR_TTL_S };
    size_t before = set->line_count;
    TRY(text_read_file(&source, take_record, &filing, why));
    if (filing.status != ST_OK)
        return say(why, filing.status, refusal);
    if (set->line_count == before)
        return say(why, ST_MALFORMED, "no trust anchor in the file");
    return ST_OK;
}

/* ---- asking ---- */

bool anchor_zone(const struct anchor_set *set, size_t index, struct name *zone)
{
    if (index >= set->zone_count)
        return false;
    *zone = set->zones[index].zone;
    return true;
}

bool anchor_closest(const struct anchor_set *set, const struct name *name, struct name *zone)
{
    const struct name *best = NULL;
    for (size_t i = 0; i < set->zone_count; i++) {
        const struct name *candidate = &set->zones[i].zone;
        if (name_under(name, candidate) && (best == NULL || candidate->labels > best->labels))
            best = candidate;
    }
    if (best != NULL)
        *zone = *best;
    return best != NULL;
}

void anchor_find(const struct anchor_set *set, const struct name *zone, const struct rrset **ds,
                 const struct rrset **keys)
{
    *ds = *keys = NULL;
    for (size_t i = 0; i < set->zone_count; i++) {
        if (!name_equal(&set->zones[i].zone, zone))
            continue;
        *ds = set->zones[i].ds;
        *keys = set->zones[i].keys;
    }
}

static enum status into_arena(struct arena *arena, const struct rrset **set)
{
    struct rrset *copy;
    if (*set == NULL)
        return ST_OK;
    TRY(rrset_copy(*set, arena, &copy));
    *set = copy;
    return ST_OK;
}

enum status anchor_copy(const struct anchor_set *set, const struct name *zone, struct arena *arena,
                        const struct rrset **ds, const struct rrset **keys)
{
    const struct rrset *found_ds, *found_keys;
    anchor_find(set, zone, &found_ds, &found_keys);
    TRY(into_arena(arena, &found_ds));
    TRY(into_arena(arena, &found_keys));
    *ds = found_ds;
    *keys = found_keys;
    return ST_OK;
}
