#include "lib/policy/localname.h"

#include <stdio.h>

#include "lib/base/pool.h"
#include "lib/wire/reader.h"
#include "lib/wire/type.h"

enum { SOA_OCTETS = 2 * NAME_OCTETS_MAX + 5 * 4, SCRATCH_OCTETS = 1 << 20 };

/* ---- where the name stands ---- */

struct place {
    const struct local_node *node;      /* of the name itself; NULL: none */
    const struct local_node *zone_node; /* of the zone around it; NULL: none */
    const struct local_zone *zone;
};

/* RFC 4035 §3.1.4.1: at a cut the DS is the upper zone's. */
static bool is_the_parents(const struct local_question *question, const struct local_node *node)
{
    return question->type == TYPE_DS && node->labels == question->name->labels &&
           local_node_zone(node)->delegated;
}

/* A zone of `zones:` at or below the zone that is meant: the one that is deeper counts. */
static bool is_overruled(const struct local_question *question, const struct place *place)
{
    const struct zones_entry *entry = zones_closest(question->zones, question->name);
    unsigned labels = entry ? entry->name.labels : 0;

    return entry && (labels > place->zone_node->labels ||
                     (labels == place->zone_node->labels && place->zone->source == LOCAL_SPECIAL));
}

/* SPEC L2: whoever opens 172.in-addr.arpa means all special names below it. */
static bool is_opened(const struct local_node *node)
{
    while (node && node->zones[LOCAL_OPENED].source == LOCAL_NOBODY)
        node = node->parent;
    return node != NULL;
}

static struct place find_place(const struct local_tree *tree, const struct local_question *question)
{
    const struct local_node *node = local_tree_deepest(tree, question->name);
    struct place place = { .node = node->labels == question->name->labels ? node : NULL };

    for (; node && !place.zone; node = node->parent) {
        const struct local_zone *zone = local_node_zone(node);
        if (!zone || is_the_parents(question, node) ||
            (zone->source == LOCAL_SPECIAL && is_opened(node->parent)))
            continue;
        place.zone = zone;
        place.zone_node = node;
    }
    if (place.zone && is_overruled(question, &place)) {
        place.zone = NULL;
        place.zone_node = NULL;
    }
    return place;
}

/* ---- sets of an answer ---- */

/* The same records under the name that was asked (a redirect zone's are everybody's). */
static enum status pack_as(const struct rrset *set, const struct name *owner, struct arena *arena,
                           struct rrset **packed)
{
    struct bytes rdatas[RRS_PER_RRSET_MAX];
    struct rrset_parts parts = {
        .owner = owner, .type = set->type, .ttl = set->ttl, .rdatas = rdatas
    };

    for (struct rrset_walk walk = rrset_records(set);
         parts.rr_count < RRS_PER_RRSET_MAX && rrset_next(&walk, &rdatas[parts.rr_count]);)
        parts.rr_count++;
    TRY(rrset_pack(&parts, arena, packed));
    (*packed)->security = SEC_INSECURE; /* LIMITS H9: never signed, never secure */
    return ST_OK;
}

static enum status pack_one(const struct name *owner, uint16_t type, struct bytes rdata,
                            struct arena *arena, struct rrset **packed)
{
    struct rrset_parts parts = {
        .owner = owner, .type = type, .ttl = SPECIAL_ABSENCE_S, .rdatas = &rdata, .rr_count = 1
    };

    TRY(rrset_pack(&parts, arena, packed));
    (*packed)->security = SEC_INSECURE;
    return ST_OK;
}

/* RFC 2308 §3: the least of its TTL and its last field. */
static uint32_t absence_s(const struct rrset *soa)
{
    struct bytes rdata = rrset_rdata(soa, 0);
    struct reader r = reader_over((struct bytes){ rdata.at + rdata.len - 4, 4 });
    uint32_t minimum_s = reader_u32(&r);

    return minimum_s < soa->ttl ? minimum_s : soa->ttl;
}

/* RFC 6303 §3: the zone names itself as its server, and a mailbox that cannot be. */
static enum status make_soa(const struct name *zone, uint32_t minimum_s, struct arena *arena,
                            struct rrset **soa)
{
    static const uint8_t nobody[] = "\6nobody\7invalid"; /* its NUL is the root */
    static const uint32_t serial_refresh_retry_expire[] = { 1, 3600, 1200, 604800 };
    uint8_t room[SOA_OCTETS];
    struct writer w;

    writer_init(&w, room, sizeof room);
    writer_plain_name(&w, zone);
    writer_octets(&w, (struct bytes){ nobody, sizeof nobody });
    for (unsigned i = 0; i < 4; i++)
        writer_u32(&w, serial_refresh_retry_expire[i]);
    writer_u32(&w, minimum_s);
    TRY(pack_one(zone, TYPE_SOA, (struct bytes){ room, w.len }, arena, soa));
    (*soa)->ttl = absence_s(*soa);
    return ST_OK;
}

static bool is_special(const struct place *place)
{
    return place->zone && place->zone->source == LOCAL_SPECIAL;
}

/* A name that has records and no zone around it is a zone of its own. */
static enum status zone_soa(const struct place *place, struct arena *arena, struct rrset **soa)
{
    const struct local_node *top = place->zone ? place->zone_node : place->node;
    const struct local_set *written = local_node_set(top, TYPE_SOA);
    struct name name = local_node_name(top);

    if (written) {
        TRY(pack_as(written->set, &name, arena, soa));
        (*soa)->ttl = absence_s(*soa);
        return ST_OK;
    }
    return make_soa(&name, is_special(place) ? SPECIAL_ABSENCE_S : LOCAL_ABSENCE_S, arena, soa);
}

/* ---- which records there are ---- */

/* Asking and answer so far. */
struct asking {
    const struct local_question *question;
    struct place place;
    const struct local_node *from; /* whose records are looked at; NULL: none */
    struct arena *arena;
    struct local_found *found;
};

/* What is built in counts where nothing is written, and nothing was opened, around it. */
static bool is_there(const struct asking *asking, const struct local_set *set)
{
    return (set->source != LOCAL_SPECIAL || is_special(&asking->place)) &&
           local_node_counts(asking->from, set);
}

/* A hosts file tells all addresses of a name, and can tell nothing else of it: a mail server's MX
 * is in the public DNS alone. What HTTPS and SVCB hint at are addresses too (RFC 9460 §7.3). */
static bool speaks_of(const struct local_set *set, uint16_t type)
{
    bool address = type == TYPE_A || type == TYPE_AAAA || type == TYPE_HTTPS || type == TYPE_SVCB;

    return set->source != LOCAL_HOSTS || address || type == TYPE_PTR;
}

/* Records by which there is nothing of the type that is asked for. */
static bool has_records(const struct asking *asking)
{
    for (const struct local_set *at = asking->from ? asking->from->sets : NULL; at; at = at->next)
        if (is_there(asking, at) && speaks_of(at, asking->question->type))
            return true;
    return false;
}

static bool is_wanted(uint16_t asked, uint16_t type)
{
    return asked == type || asked == TYPE_ANY || type == TYPE_CNAME;
}

static enum why why_of(const struct local_set *set)
{
    switch ((enum local_source)set->source) {
    case LOCAL_WRITTEN: return WHY_LOCAL_RECORDS;
    case LOCAL_HOSTS: return WHY_HOSTS_FILE;
    default: return WHY_OWN_NAME;
    }
}

static enum status take_set(struct asking *asking, const struct rrset *set)
{
    struct local_found *found = asking->found;

    if (found->set_count == LOCAL_SETS_MAX)
        return ST_OK;
    TRY(pack_as(set, asking->question->name, asking->arena, &found->sets[found->set_count]));
    found->set_count++;
    if (found->verdict != LOCAL_ALIAS)
        found->verdict = LOCAL_RECORDS;
    if (set->type == TYPE_CNAME && asking->question->type != TYPE_CNAME &&
        asking->question->type != TYPE_ANY)
        found->verdict = LOCAL_ALIAS;
    return ST_OK;
}

static enum status take_written(struct asking *asking)
{
    const struct local_node *node = asking->from;

    for (const struct local_set *at = node ? node->sets : NULL; at; at = at->next) {
        if (!is_wanted(asking->question->type, at->set->type) || !is_there(asking, at))
            continue;
        asking->found->why = (uint16_t)why_of(at);
        TRY(take_set(asking, at->set));
    }
    return ST_OK;
}

/* RFC 6303 §3: a zone that is all here has an SOA and an NS at its top. */
static enum status take_apex(struct asking *asking)
{
    const struct place *place = &asking->place;
    uint16_t type = asking->question->type;
    struct name name = *asking->question->name;
    struct rrset *made;

    if (!place->zone || place->node != place->zone_node || local_node_set(place->node, TYPE_CNAME))
        return ST_OK;
    if ((type == TYPE_SOA || type == TYPE_ANY) && !local_node_set(place->node, TYPE_SOA)) {
        TRY(zone_soa(place, asking->arena, &made));
        TRY(take_set(asking, made));
    }
    if ((type == TYPE_NS || type == TYPE_ANY) && !local_node_set(place->node, TYPE_NS)) {
        TRY(pack_one(&name, TYPE_NS, name_bytes(&name), asking->arena, &made));
        TRY(take_set(asking, made));
    }
    return ST_OK;
}

/* ---- the verdict ---- */

static enum local_verdict verdict_without(const struct asking *asking)
{
    const struct local_zone *zone = asking->place.zone;

    switch (zone ? (enum local_kind)zone->kind : LOCAL_TRANSPARENT) {
    case LOCAL_STATIC: return asking->place.node ? LOCAL_NO_TYPE : LOCAL_NO_NAME;
    case LOCAL_TRANSPARENT: return has_records(asking) ? LOCAL_NO_TYPE : LOCAL_PASSES;
    case LOCAL_REDIRECT:
    case LOCAL_NODATA: return LOCAL_NO_TYPE;
    case LOCAL_NXDOMAIN: return LOCAL_NO_NAME;
    case LOCAL_REFUSE: return LOCAL_IS_REFUSED;
    case LOCAL_DROP: return LOCAL_IS_DROPPED;
    }
    return LOCAL_PASSES;
}

/* Whose records are looked at. What the lower side of a cut holds is no answer about the DS. */
static const struct local_node *whose(const struct local_question *question,
                                      const struct place *place)
{
    if (place->node && local_node_zone(place->node) && is_the_parents(question, place->node))
        return NULL;
    if (!place->zone)
        return place->node;
    switch ((enum local_kind)place->zone->kind) {
    case LOCAL_NXDOMAIN:
    case LOCAL_NODATA: return NULL;
    case LOCAL_REDIRECT: return place->zone_node;
    default: return place->node;
    }
}

static enum status look(struct asking *asking)
{
    const struct local_zone *zone = asking->place.zone;
    struct local_found *found = asking->found;

    found->special = is_special(&asking->place);
    found->why = zone ? zone->why : asking->from->sets ? why_of(asking->from->sets) : WHY_NONE;
    TRY(take_written(asking));
    if (zone && (zone->kind == LOCAL_STATIC || zone->kind == LOCAL_REDIRECT))
        TRY(take_apex(asking));
    if (found->set_count > 0)
        return ST_OK;
    found->verdict = verdict_without(asking);
    if (found->verdict == LOCAL_NO_TYPE || found->verdict == LOCAL_NO_NAME)
        return zone_soa(&asking->place, asking->arena, &found->soa);
    return ST_OK;
}

enum status localname_ask(const struct local_tree *tree, const struct local_question *question,
                          struct arena *arena, struct local_found *found)
{
    struct local_found read = { .verdict = LOCAL_PASSES };
    struct asking asking = {
        .question = question, .place = find_place(tree, question), .arena = arena, .found = &read
    };

    asking.from = whose(question, &asking.place);
    if (asking.place.zone || asking.from)
        TRY(look(&asking));
    *found = read;
    return ST_OK;
}

/* ---- making the tree ---- */

static enum status say(char why[TEXT_WHY], const char *sentence)
{
    (void)snprintf(why, TEXT_WHY, "%s", sentence);
    return ST_MALFORMED;
}

enum status localname_add_zone(struct local_tree *tree, const struct name *name,
                               enum local_kind kind, enum why blocked)
{
    bool records = kind == LOCAL_STATIC || kind == LOCAL_TRANSPARENT || kind == LOCAL_REDIRECT;
    struct local_zone zone = {
        .source = LOCAL_ZONED,
        .kind = (uint8_t)kind,
        .why = (uint16_t)(records ? WHY_LOCAL_RECORDS : blocked),
        .delegated = kind == LOCAL_STATIC || kind == LOCAL_TRANSPARENT,
    };

    return local_tree_put_zone(tree, name, &zone);
}

static bool is_special_at(const struct local_node *node)
{
    return node->zones[LOCAL_SPECIAL].source != LOCAL_NOBODY;
}

bool localname_has_special(const struct local_tree *tree, const struct name *name)
{
    const struct local_node *node = local_tree_deepest(tree, name);

    while (node && !is_special_at(node))
        node = node->parent;
    if (node)
        return true;
    while ((node = local_tree_each(tree, node))) {
        struct name below = local_node_name(node);
        if (is_special_at(node) && name_under(&below, name))
            return true;
    }
    return false;
}

enum status localname_open(struct local_tree *tree, const struct name *name)
{
    struct local_zone zone = { .source = LOCAL_OPENED,
                               .kind = LOCAL_TRANSPARENT,
                               .why = WHY_LOCAL_RECORDS,
                               .delegated = true };

    return local_tree_put_zone(tree, name, &zone);
}

static enum status check_record(const struct text_record *record, char why[TEXT_WHY])
{
    if (record->class != CLASS_IN)
        return say(why, "a record here is of class IN");
    if (name_is_wildcard(&record->owner))
        return say(why, "no wildcards: a zone of type redirect answers for all names below it");
    switch (record->type) {
    case TYPE_DNAME: return say(why, "no DNAME: a zone of type redirect, or a CNAME");
    case TYPE_DS:
    case TYPE_RRSIG:
    case TYPE_SIG:
    case TYPE_NSEC:
    case TYPE_NXT:
    case TYPE_NSEC3:
    case TYPE_NSEC3PARAM:
    case TYPE_DNSKEY: return say(why, "what is answered here is never signed");
    default: return ST_OK;
    }
}

static enum status add_record(struct local_tree *tree, enum local_source source, const char *line,
                              struct arena *arena, char why[TEXT_WHY])
{
    struct text_record record;
    struct rrset *packed;

    TRY(text_read_record_with(line, LOCAL_TTL_S, arena, &record, why));
    TRY(check_record(&record, why));
    struct rrset_parts parts = { .owner = &record.owner,
                                 .type = record.type,
                                 .ttl = record.ttl,
                                 .rdatas = &record.rdata,
                                 .rr_count = 1 };
    TRY(rrset_pack(&parts, arena, &packed));
    enum status status = local_tree_put_record(tree, source, packed, arena);
    if (status == ST_MALFORMED)
        return say(why, "a CNAME stands alone at its name");
    if (status == ST_LIMIT)
        (void)say(why, "at most 65536 names, and 256 records of one name and type");
    return status;
}

enum status localname_add_line(struct local_tree *tree, enum local_source source, const char *line,
                               char why[TEXT_WHY])
{
    struct pool *pool = pool_create(2 * SCRATCH_OCTETS);
    struct arena *arena = pool ? arena_create(pool, SCRATCH_OCTETS) : NULL;

    (void)say(why, "no memory");
    enum status status = arena ? add_record(tree, source, line, arena, why) : ST_NOMEM;
    arena_destroy(arena);
    pool_destroy(pool);
    return status;
}

/* ---- contradictions ---- */

/* The zone around the node that would answer before the node's records; NULL: none. */
static const struct local_node *hides(const struct local_node *node)
{
    const struct local_node *at = node;

    while (at && !local_node_zone(at))
        at = at->parent;
    if (!at)
        return NULL;
    switch ((enum local_kind)local_node_zone(at)->kind) {
    case LOCAL_NXDOMAIN:
    case LOCAL_NODATA: return at;
    case LOCAL_REDIRECT: return at != node ? at : NULL;
    default: return NULL;
    }
}

static bool has_written(const struct local_node *node)
{
    const struct local_set *at = node->sets;

    while (at && at->source != LOCAL_WRITTEN)
        at = at->next;
    return at != NULL;
}

enum status localname_check(const struct local_tree *tree, char why[TEXT_WHY])
{
    char owner[NAME_TEXT], around[NAME_TEXT];
    const struct local_node *node = NULL;

    while ((node = local_tree_each(tree, node))) {
        const struct local_node *zone = has_written(node) ? hides(node) : NULL;
        if (!zone)
            continue;
        struct name name = local_node_name(node), above = local_node_name(zone);
        (void)snprintf(why, TEXT_WHY, "no one will see the record of %.50s: the zone %.50s answers",
                       name_text(&name, owner, sizeof owner),
                       name_text(&above, around, sizeof around));
        return ST_MALFORMED;
    }
    return ST_OK;
}
