#include "lib/wire/message.h"

#include "lib/base/limits.h"
#include "lib/wire/type.h"

enum {
    RECORD_OCTETS_LEAST = 11, /* root, type, class, ttl, length */
    OCTETS_16_BIT = 65535,
    EXPANSION_OCTETS = 2 * NAME_OCTETS_MAX, /* no layout holds more than two compressed names */
};

const char *rcode_text(unsigned rcode)
{
    static const char *const names[] = {
        [RCODE_NOERROR] = "NOERROR",   [RCODE_FORMERR] = "FORMERR", [RCODE_SERVFAIL] = "SERVFAIL",
        [RCODE_NXDOMAIN] = "NXDOMAIN", [RCODE_NOTIMP] = "NOTIMP",   [RCODE_REFUSED] = "REFUSED",
        [RCODE_YXDOMAIN] = "YXDOMAIN", [RCODE_BADVERS] = "BADVERS", [RCODE_BADCOOKIE] = "BADCOOKIE",
    };
    bool known = rcode < sizeof names / sizeof *names && names[rcode];
    return known ? names[rcode] : "another rcode";
}

/* ---- parsing ---- */

bool header_read(struct bytes octets, struct header *header)
{
    if (octets.len < HEADER_OCTETS)
        return false;
    header->id = (uint16_t)(octets.at[0] << 8 | octets.at[1]);
    header->flags = (uint16_t)(octets.at[2] << 8 | octets.at[3]);
    for (unsigned i = 0; i < 4; i++)
        header->counts[i] = (uint16_t)(octets.at[4 + 2 * i] << 8 | octets.at[5 + 2 * i]);
    return true;
}

/* One parse under way. `seen` maps an offset where an owner began to the record that holds it, plus
 * one: servers name the same owner by the same pointer over and over (LIMITS G1). */
struct parse {
    struct reader r;
    struct message *message;
    struct arena *arena;
    uint16_t *seen;
    size_t seen_count, record_count;
};

/* Where the name at the reader begins: one pointer is followed. */
static size_t owner_offset(const struct reader *r)
{
    if (reader_left(r) >= 2 && r->at[0] >= POINTER_TAG)
        return (size_t)(r->at[0] & ~POINTER_TAG) << 8 | r->at[1];
    return reader_offset(r);
}

/* Only offsets before this name are in `seen`, so what is found was reached by a pointer. */
static struct name *owner_seen(struct parse *p, size_t offset)
{
    if (offset >= p->seen_count || p->seen[offset] == 0)
        return NULL;
    reader_take(&p->r, 2);
    return p->message->records[p->seen[offset] - 1].owner;
}

static struct name *owner_keep(struct parse *p, size_t offset, const struct name *name)
{
    if (offset < p->seen_count)
        p->seen[offset] = (uint16_t)(p->record_count + 1);
    return arena_copy(p->arena, name, sizeof *name);
}

/* RFC 6891 §6.1.1: one OPT, in the additional section; §6.1.2: its owner is the root. */
static enum status opt_read(struct parse *p, const struct record *opt, const struct name *owner)
{
    struct reader options = reader_part(&p->r, opt->rdata_len);
    if (opt->section != SECTION_ADDITIONAL || owner->len != 1 || p->message->edns.present)
        return ST_MALFORMED;
    enum edns_of of = p->message->header.flags & FLAG_QR ? EDNS_OF_REPLY : EDNS_OF_QUERY;
    return edns_read(&options, opt->class, opt->ttl, of, &p->message->edns);
}

static enum status record_read(struct parse *p, enum section section)
{
    struct record *record = &p->message->records[p->record_count];
    struct name name = { .len = 0 };
    size_t offset = owner_offset(&p->r);
    struct name *owner = owner_seen(p, offset);

    if (owner == NULL)
        reader_name(&p->r, &name);
    record->section = (uint8_t)section;
    record->type = reader_u16(&p->r);
    record->class = reader_u16(&p->r);
    record->ttl = reader_u32(&p->r);
    record->rdata_len = reader_u16(&p->r);
    record->rdata_at = (uint16_t)reader_offset(&p->r);
    if (reader_left(&p->r) < record->rdata_len || p->r.failed)
        return ST_MALFORMED;
    if (record->type == TYPE_OPT)
        return opt_read(p, record, owner == NULL ? &name : owner);

    reader_take(&p->r, record->rdata_len);
    record->owner = owner == NULL ? owner_keep(p, offset, &name) : owner;
    if (record->owner == NULL)
        return ST_LIMIT;
    p->record_count++;
    return ST_OK;
}

static enum status question_read(struct parse *p)
{
    struct message *message = p->message;
    if (message->header.counts[0] > 1)
        return ST_MALFORMED;
    if (message->header.counts[0] == 0)
        return ST_OK;
    reader_name(&p->r, &message->question.name);
    message->question.type = reader_u16(&p->r);
    message->question.class = reader_u16(&p->r);
    message->has_question = true;
    return p->r.failed ? ST_MALFORMED : ST_OK;
}

/* Room for the records that the header announces, once the octets can hold so many. */
static enum status records_prepare(struct parse *p)
{
    const uint16_t *counts = &p->message->header.counts[1];
    size_t announced = (size_t)counts[0] + counts[1] + counts[2];
    size_t octets = p->message->octets.len;

    if (announced * RECORD_OCTETS_LEAST > reader_left(&p->r))
        return ST_MALFORMED;
    if (announced > RECORDS_PER_MESSAGE_MAX)
        return ST_UNSUPPORTED;
    p->seen_count = announced == 0 ? 0 : octets < POINTER_OFFSETS ? octets : POINTER_OFFSETS;
    p->seen = ARENA_ARRAY(p->arena, uint16_t, p->seen_count);
    p->message->records = ARENA_ARRAY(p->arena, struct record, announced);
    return p->seen == NULL || p->message->records == NULL ? ST_LIMIT : ST_OK;
}

static enum status sections_read(struct parse *p)
{
    for (unsigned section = 0; section < SECTIONS; section++) {
        p->message->first[section] = (uint16_t)p->record_count;
        for (unsigned i = 0; i < p->message->header.counts[1 + section]; i++)
            TRY(record_read(p, (enum section)section));
    }
    p->message->first[SECTIONS] = (uint16_t)p->record_count;
    return reader_left(&p->r) == 0 ? ST_OK : ST_MALFORMED; /* LIMITS G3 */
}

enum status message_parse(struct bytes octets, struct arena *arena, struct message *message)
{
    struct message parsed = { .octets = octets };
    struct parse p = { .r = reader_over(octets), .message = &parsed, .arena = arena };

    if (octets.len > MESSAGE_OCTETS_MAX || !header_read(octets, &parsed.header))
        return ST_MALFORMED;
    reader_take(&p.r, HEADER_OCTETS);
    TRY(question_read(&p));
    TRY(records_prepare(&p));
    TRY(sections_read(&p));
    parsed.name_steps = p.r.steps;
    *message = parsed;
    return ST_OK;
}

unsigned message_rcode(const struct message *message)
{
    unsigned upper = message->edns.present ? message->edns.extended_rcode : 0;
    return upper << 4 | header_rcode(&message->header);
}

/* ---- records into rrsets ---- */

struct item {
    struct bytes rdata;
    struct item *next;
};

struct items {
    struct item *first, *last;
    size_t count;
};

/* What will be one rrset. */
struct group {
    const struct name *owner;
    uint64_t hash;
    uint16_t type;
    uint32_t ttl;
    struct items records, signatures;
    struct group *next_in_bucket, *next; /* `next`: in the order of the message */
};

struct grouping {
    const struct message *message;
    const struct siphash_key *key;
    struct arena *arena;
    struct group **buckets, *first, **end;
    size_t mask, group_count;
    uint32_t probes;
    const struct name *hashed; /* the owner hashed last: mostly it comes again */
    uint64_t hash;
    struct writer expanded; /* over the room for one rdata */
};

static void items_append(struct items *to, const struct items *more)
{
    if (more->count == 0)
        return;
    if (to->count == 0)
        to->first = more->first;
    else
        to->last->next = more->first;
    to->last = more->last;
    to->count += more->count;
}

/* The owner's hash, with the type mixed in by the key: one owner's many types spread too. */
static uint64_t group_hash(struct grouping *g, const struct name *owner, uint16_t type)
{
    if (owner != g->hashed) {
        g->hash = name_hash(owner, g->key);
        g->hashed = owner;
    }
    uint64_t mixed = g->hash ^ type * (g->key->k0 | 1);
    return mixed ^ mixed >> 32;
}

/* The group of this owner and type, made when there is none; NULL: the arena is full. */
static struct group *group_of(struct grouping *g, const struct name *owner, uint16_t type)
{
    uint64_t hash = group_hash(g, owner, type);
    struct group **bucket = &g->buckets[hash & g->mask];
    for (struct group *at = *bucket; at != NULL; at = at->next_in_bucket) {
        g->probes++;
        if (at->hash == hash && at->type == type &&
            (at->owner == owner || name_equal(at->owner, owner)))
            return at;
    }

    struct group *group = ARENA_NEW(g->arena, struct group);
    if (group == NULL)
        return NULL;
    group->owner = owner;
    group->hash = hash;
    group->type = type;
    group->ttl = UINT32_MAX;
    group->next_in_bucket = *bucket;
    *bucket = group;
    *g->end = group;
    g->end = &group->next;
    g->group_count++;
    return group;
}

/* Checked and uncompressed: a view of the message where that is the same, else a copy. */
static enum status rdata_of(struct grouping *g, const struct record *record, struct bytes *rdata)
{
    struct reader r = reader_over(g->message->octets);
    reader_take(&r, record->rdata_at);
    struct bytes sent = { r.at, record->rdata_len };
    struct reader part = reader_part(&r, record->rdata_len);

    writer_back(&g->expanded, (struct writer_mark){ .len = 0 });
    TRY(rdata_read(&part, record->type, &g->expanded));
    struct bytes plain = { g->expanded.at_start, g->expanded.len };
    if (!bytes_equal(sent, plain)) {
        sent.at = arena_copy(g->arena, plain.at, plain.len);
        sent.len = plain.len;
    }
    *rdata = sent;
    return sent.at == NULL ? ST_LIMIT : ST_OK;
}

/* RFC 4035 §2.2: no RRSIG covers RRSIGs; one that says so is data like any other. */
static uint16_t covered_type(struct bytes rrsig)
{
    return (uint16_t)(rrsig.at[0] << 8 | rrsig.at[1]);
}

static enum status record_add(struct grouping *g, const struct record *record)
{
    struct item *item = ARENA_NEW(g->arena, struct item);
    if (item == NULL)
        return ST_LIMIT;
    TRY(rdata_of(g, record, &item->rdata));

    bool is_rrsig = record->type == TYPE_RRSIG;
    uint16_t type = is_rrsig ? covered_type(item->rdata) : record->type;
    struct group *group = group_of(g, record->owner, type);
    if (group == NULL)
        return ST_LIMIT;
    bool signs = is_rrsig && type != TYPE_RRSIG;
    items_append(signs ? &group->signatures : &group->records, &(struct items){ item, item, 1 });
    if (record->ttl < group->ttl)
        group->ttl = record->ttl;
    return ST_OK;
}

/* RRSIGs that cover nothing here become their owner's RRSIG set; the group stays behind empty. */
static enum status orphans_adopt(struct grouping *g)
{
    for (struct group *group = g->first; group != NULL; group = group->next) {
        if (group->records.count > 0)
            continue;
        struct group *parent = group_of(g, group->owner, TYPE_RRSIG);
        if (parent == NULL)
            return ST_LIMIT;
        items_append(&parent->records, &group->signatures);
        group->signatures.count = 0;
        if (group->ttl < parent->ttl)
            parent->ttl = group->ttl;
    }
    return ST_OK;
}

static size_t items_gather(const struct items *items, struct bytes *into)
{
    size_t count = 0;
    for (const struct item *item = items->first; count < items->count; item = item->next)
        into[count++] = item->rdata;
    return count;
}

static enum status groups_pack(struct grouping *g, size_t record_count, struct rrset_list *sets)
{
    struct rrset_list made = { .at = ARENA_ARRAY(g->arena, struct rrset *, g->group_count),
                               .probes = g->probes };
    struct bytes *rdatas = ARENA_ARRAY(g->arena, struct bytes, record_count);
    if (made.at == NULL || rdatas == NULL)
        return ST_LIMIT;

    for (const struct group *group = g->first; group != NULL; group = group->next) {
        if (group->records.count == 0)
            continue;
        struct rrset_parts parts = {
            .owner = group->owner, .type = group->type, .ttl = group->ttl, .rdatas = rdatas
        };
        parts.rr_count = items_gather(&group->records, rdatas);
        parts.sigs = rdatas + parts.rr_count;
        parts.sig_count = items_gather(&group->signatures, rdatas + parts.rr_count);
        TRY(rrset_pack(&parts, g->arena, &made.at[made.count]));
        made.count++;
    }
    *sets = made;
    return ST_OK;
}

/* Buckets are a power of two and at least as many as records: chains hold one group on average. */
static enum status grouping_prepare(struct grouping *g, const struct record *records, size_t count)
{
    size_t longest = 0, buckets = 1;
    for (size_t i = 0; i < count; i++)
        longest = records[i].rdata_len > longest ? records[i].rdata_len : longest;
    while (buckets < count)
        buckets *= 2;

    size_t room = longest + EXPANSION_OCTETS;
    room = room < OCTETS_16_BIT ? room : OCTETS_16_BIT;
    uint8_t *octets = arena_alloc(g->arena, room);
    g->buckets = ARENA_ARRAY(g->arena, struct group *, buckets);
    if (octets == NULL || g->buckets == NULL)
        return ST_LIMIT;
    writer_init(&g->expanded, octets, room);
    g->mask = buckets - 1;
    g->end = &g->first;
    return ST_OK;
}

enum status message_sets(const struct message *message, enum section section,
                         const struct siphash_key *key, struct arena *arena,
                         struct rrset_list *sets)
{
    struct grouping g = { .message = message, .key = key, .arena = arena };
    const struct record *records = message->records + message->first[section];
    size_t count = (size_t)message->first[section + 1] - message->first[section];

    TRY(grouping_prepare(&g, records, count));
    for (size_t i = 0; i < count; i++) {
        if (records[i].class == CLASS_IN && !type_is_meta(records[i].type))
            TRY(record_add(&g, &records[i]));
    }
    TRY(orphans_adopt(&g));
    return groups_pack(&g, count, sets);
}

/* ---- writing ---- */

void header_write(struct writer *w, const struct header *header)
{
    writer_u16(w, header->id);
    writer_u16(w, header->flags);
    for (unsigned i = 0; i < 4; i++)
        writer_u16(w, header->counts[i]);
}

void message_counts_write(struct writer *w, const uint16_t counts[4])
{
    for (unsigned i = 0; i < 4; i++)
        writer_u16_at(w, 4 + 2 * (size_t)i, counts[i]);
}

void question_write(struct writer *w, const struct question *question)
{
    writer_name(w, &question->name);
    writer_u16(w, question->type);
    writer_u16(w, question->class);
}

static unsigned records_write(struct writer *w, const struct rrset *set, uint32_t ttl,
                              uint16_t type, struct rrset_walk walk)
{
    struct name owner = rrset_owner(set);
    struct bytes rdata;
    unsigned written = 0;
    while (rrset_next(&walk, &rdata)) {
        writer_name(w, &owner);
        writer_u16(w, type);
        writer_u16(w, CLASS_IN);
        writer_u32(w, ttl);
        rdata_write(w, type, rdata);
        if (w->failed)
            break;
        written++;
    }
    return written;
}

unsigned rrset_write(struct writer *w, const struct rrset *set, uint32_t ttl,
                     enum with_signatures signatures)
{
    unsigned written = records_write(w, set, ttl, set->type, rrset_records(set));
    if (signatures == WITH_SIGNATURES && !w->failed)
        written += records_write(w, set, ttl, TYPE_RRSIG, rrset_signatures(set));
    return written;
}
