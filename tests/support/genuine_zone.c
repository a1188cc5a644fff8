/* A zone file as sets with their signatures, sorted. */
#include <stdlib.h>
#include <unistd.h>

#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "tests/support/genuine.h"
#include "tests/support/sign_raw.h"

struct held {
    struct name owner;
    uint16_t type, covers; /* covers: what an RRSIG covers; of others their own type */
    uint32_t ttl;
    struct bytes rdata;
};

struct holding {
    struct arena *arena;
    struct held **at;
    size_t count;
};

static bool hold(void *context, const struct text_record *record)
{
    struct holding *holding = context;
    struct held *held = arena_alloc(holding->arena, sizeof *held);
    const uint8_t *rdata = arena_copy(holding->arena, record->rdata.at, record->rdata.len);

    if (!held || !rdata || holding->count == GENUINE_RECORDS_MAX || record->class != CLASS_IN)
        sign_broken("genuine: too many records, or not of the Internet");
    if (!held || !rdata)
        return false;
    *held = (struct held){
        record->owner, record->type, record->type, record->ttl, { rdata, record->rdata.len }
    };
    if (record->type == TYPE_RRSIG)
        held->covers = (uint16_t)(rdata[0] << 8 | rdata[1]);
    holding->at[holding->count++] = held;
    return true;
}

static int order_by_set(const void *left, const void *right)
{
    const struct held *a = *(struct held *const *)left, *b = *(struct held *const *)right;
    int order = name_compare(&a->owner, &b->owner);

    if (order == 0)
        order = (a->covers > b->covers) - (a->covers < b->covers);
    return order ? order : (a->type == TYPE_RRSIG) - (b->type == TYPE_RRSIG);
}

static bool same_set(const struct held *a, const struct held *b)
{
    return a->covers == b->covers && name_equal(&a->owner, &b->owner);
}

/* Packs the records from `first` on that are one set; the number of the next one. */
static size_t pack(const struct holding *holding, size_t first, struct genuine_zone *zone)
{
    struct bytes rdatas[RRS_PER_RRSET_MAX], sigs[RRSIGS_PER_RRSET_MAX];
    const struct held *head = holding->at[first];
    struct rrset_parts parts = { .owner = &head->owner,
                                 .type = head->covers,
                                 .ttl = head->ttl,
                                 .rdatas = rdatas,
                                 .sigs = sigs };
    struct rrset *set;
    size_t at = first;

    for (; at < holding->count && same_set(head, holding->at[at]); at++) {
        const struct held *held = holding->at[at];
        if (parts.rr_count == RRS_PER_RRSET_MAX || parts.sig_count == RRSIGS_PER_RRSET_MAX)
            sign_broken("genuine: a set is too big");
        if (held->ttl < parts.ttl)
            parts.ttl = held->ttl;
        if (held->type == TYPE_RRSIG)
            sigs[parts.sig_count++] = held->rdata;
        else
            rdatas[parts.rr_count++] = held->rdata;
    }
    if (parts.rr_count == 0 || rrset_pack(&parts, holding->arena, &set) != ST_OK)
        sign_broken("genuine: a signature covers nothing, or no memory");
    zone->sets[zone->count++] = set;
    zone->signatures += set->sig_count;
    return at;
}

void genuine_read_zone(const char *file, const struct name *origin, struct arena *arena,
                       struct genuine_zone *zone)
{
    char path[32], why[TEXT_WHY];
    FILE *stream = genuine_open(file);
    struct text_source source = { .path = path, .origin = origin };
    struct holding holding = { arena, ARENA_ARRAY(arena, struct held *, GENUINE_RECORDS_MAX), 0 };

    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(stream));
    if (!holding.at || text_read_file(&source, hold, &holding, why) != ST_OK)
        sign_broken(why);
    genuine_close(stream, file);
    qsort(holding.at, holding.count, sizeof *holding.at, order_by_set);
    *zone = (struct genuine_zone){ .sets = ARENA_ARRAY(arena, struct rrset *, holding.count),
                                   .records = holding.count };
    if (!zone->sets)
        sign_broken("genuine: no memory");
    for (size_t at = 0; at < holding.count;)
        at = pack(&holding, at, zone);
}

struct rrset *genuine_find(const struct genuine_zone *zone, const struct name *owner, uint16_t type)
{
    size_t low = 0, high = zone->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct name at = rrset_owner(zone->sets[middle]);
        int order = name_compare(&at, owner);
        if (order == 0)
            order = (zone->sets[middle]->type > type) - (zone->sets[middle]->type < type);
        if (order == 0)
            return zone->sets[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
