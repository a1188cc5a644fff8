/* scripted - the authoritative server that no real program is: correct answers from small zones,
 * spoiled as the address they were asked at says (RULINGS A5, A6, A10, A33).
 *
 * Use      scripted FILE. Its lines: `zone NAME PATH` and `listen ADDRESS WORD[,WORD...]`; the
 *          words are those of the table below, "-" for none. Port 53, UDP and TCP.
 * Shape    records in one table a zone, searched from end to end: the zones have dozens of records.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/arena.h"
#include "lib/base/pool.h"
#include "lib/wire/message.h"
#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "tests/support/serving.h"

enum { ZONES_MAX = 64, RECORDS_MAX = 256, WORLD_OCTETS = 8 << 20, QUESTION_OCTETS = 256 << 10 };

enum behaviour {
    FORMERR_BARE = 1 << 0,     /* a question with OPT gets 12 octets */
    FORMERR = 1 << 1,          /* ... gets the header and the question */
    NOTIMP = 1 << 2,           /* the same with another code */
    IGNORE_OPT = 1 << 3,       /* answers as if it had not been there */
    DROP_AAAA = 1 << 4,        /* never answers for the type */
    DROP_OPT = 1 << 5,         /* a box in front loses UDP with OPT */
    DROP_MINIMISED = 1 << 6,   /* never answers at an empty non-terminal */
    REFUSE_MINIMISED = 1 << 7, /* REFUSED there */
    NXDOMAIN_ENT = 1 << 8,     /* NXDOMAIN there, against RFC 8020 §2 */
    FOLD_CASE = 1 << 9,        /* the question comes back in small letters */
    NO_TCP = 1 << 10,          /* nothing listens there */
    EMPTY = 1 << 11,           /* NODATA without SOA */
    AA_OFF = 1 << 12,          /* never says that it has authority */
    REFERRAL_AA = 1 << 13,     /* says so in referrals too */
    SILENT = 1 << 14,          /* takes everything, answers nothing */
    TRUNCATE = 1 << 15,        /* UDP: TC and no data */
    REFUSE = 1 << 16,          /* REFUSED for everything */
    SERVFAIL = 1 << 17,        /* SERVFAIL for everything */
    SERVFAIL_BARE = 1 << 18,   /* ... without the question */
    RECURSION_LAME = 1 << 19,  /* AA off, RA on: a cache, not a server of the zone */
    UPWARD = 1 << 20,          /* knows nothing, but where the root is */
    HOLD = 1 << 21             /* UDP: keeps its answers and lets them all go at once */
};

static const struct {
    const char *word;
    enum behaviour behaviour;
} words[] = {
    { "formerr-bare", FORMERR_BARE },
    { "formerr", FORMERR },
    { "notimp", NOTIMP },
    { "ignore-opt", IGNORE_OPT },
    { "drop-aaaa", DROP_AAAA },
    { "drop-opt", DROP_OPT },
    { "drop-minimised", DROP_MINIMISED },
    { "refuse-minimised", REFUSE_MINIMISED },
    { "nxdomain-ent", NXDOMAIN_ENT },
    { "fold-case", FOLD_CASE },
    { "no-tcp", NO_TCP },
    { "empty", EMPTY },
    { "aa-off", AA_OFF },
    { "referral-aa", REFERRAL_AA },
    { "silent", SILENT },
    { "truncate", TRUNCATE },
    { "refuse", REFUSE },
    { "servfail", SERVFAIL },
    { "no-question-servfail", SERVFAIL_BARE },
    { "recursion-lame", RECURSION_LAME },
    { "upward", UPWARD },
    { "hold", HOLD },
};

struct zone {
    struct name origin;
    struct text_record records[RECORDS_MAX];
    size_t count;
    struct arena *arena;
};

struct world {
    struct pool *pool;
    struct arena *arena;
    struct zone *zones[ZONES_MAX];
    size_t zone_count;
    unsigned behaviours[SERVING_ADDRESSES_MAX]; /* of each address */
    struct serving serving;
};

/* What the answer to one question is made from. */
struct asked {
    const struct zone *zone;
    const struct name *name;
    uint16_t type;
    unsigned behaviour;
    bool dnssec;
    struct writer *w;
    unsigned counts[SECTIONS];
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "scripted: %s: %s\n", what, why);
    exit(1);
}

/* ---- the zones ---- */

static bool take_record(void *context, const struct text_record *record)
{
    struct zone *zone = context;
    struct text_record *kept = &zone->records[zone->count];

    if (zone->count == RECORDS_MAX)
        return false;
    *kept = *record;
    kept->rdata.at = arena_copy(zone->arena, record->rdata.at, record->rdata.len);
    zone->count++;
    return kept->rdata.at != NULL;
}

static void zone_read(struct world *world, const char *name, const char *path)
{
    struct zone *zone = ARENA_NEW(world->arena, struct zone);
    struct text_source source = { .path = path, .ttl = 3600 };
    char why[TEXT_WHY] = "";

    if (!zone || world->zone_count == ZONES_MAX || name_from_text(name, &zone->origin) != ST_OK)
        die(name, "too many zones, or no name");
    source.origin = &zone->origin;
    zone->arena = world->arena;
    if (text_read_file(&source, take_record, zone, why) != ST_OK || zone->count == RECORDS_MAX)
        die(path, why[0] ? why : "too many records");
    world->zones[world->zone_count++] = zone;
}

static const struct zone *zone_of(const struct world *world, const struct name *name)
{
    const struct zone *best = NULL;

    for (size_t i = 0; i < world->zone_count; i++) {
        const struct zone *zone = world->zones[i];
        if (name_under(name, &zone->origin) && (!best || zone->origin.labels > best->origin.labels))
            best = zone;
    }
    return best;
}

static bool covers(const struct text_record *record, uint16_t type)
{
    return record->type == TYPE_RRSIG && record->rdata.len > 2 &&
           (record->rdata.at[0] << 8 | record->rdata.at[1]) == type;
}

static bool has(const struct zone *zone, const struct name *owner, uint16_t type)
{
    for (size_t i = 0; i < zone->count; i++)
        if (zone->records[i].type == type && name_equal(&zone->records[i].owner, owner))
            return true;
    return false;
}

enum standing { IS_THERE, IS_EMPTY, IS_NOT_THERE };

static enum standing standing_of(const struct zone *zone, const struct name *name)
{
    enum standing found = IS_NOT_THERE;

    for (size_t i = 0; i < zone->count; i++) {
        if (name_equal(&zone->records[i].owner, name))
            return IS_THERE;
        if (name_under(&zone->records[i].owner, name))
            found = IS_EMPTY;
    }
    return found;
}

/* The highest delegation at or above the name; NULL: the zone answers itself. */
static const struct name *cut_above(const struct asked *asked)
{
    const struct name *cut = NULL;

    for (size_t i = 0; i < asked->zone->count; i++) {
        const struct text_record *r = &asked->zone->records[i];
        if (r->type != TYPE_NS || name_equal(&r->owner, &asked->zone->origin) ||
            !name_under(asked->name, &r->owner))
            continue;
        if (asked->type == TYPE_DS && name_equal(asked->name, &r->owner))
            continue; /* RFC 4035 §3.1.4.1 */
        if (!cut || r->owner.labels < cut->labels)
            cut = &r->owner;
    }
    return cut;
}

/* ---- the answer ---- */

static void put_record(struct asked *asked, enum section section, const struct text_record *record)
{
    writer_name(asked->w, &record->owner);
    writer_u16(asked->w, record->type);
    writer_u16(asked->w, record->class);
    writer_u32(asked->w, record->ttl);
    writer_u16(asked->w, (uint16_t)record->rdata.len);
    writer_octets(asked->w, record->rdata);
    asked->counts[section]++;
}

/* The set of that owner and type, with its signatures where DO asks for them. */
static void put_set(struct asked *asked, enum section section, const struct name *owner,
                    uint16_t type)
{
    const struct zone *zone = asked->zone;

    for (size_t i = 0; i < zone->count; i++) {
        const struct text_record *r = &zone->records[i];
        if ((r->type == type || (asked->dnssec && covers(r, type))) && name_equal(&r->owner, owner))
            put_record(asked, section, r);
    }
}

static bool nsec_covers(const struct text_record *record, const struct name *name)
{
    struct reader r = reader_over(record->rdata);
    struct name next;

    if (record->type != TYPE_NSEC)
        return false;
    reader_plain_name(&r, &next);
    if (r.failed || name_compare(&record->owner, name) >= 0)
        return false;
    return name_compare(name, &next) < 0 || name_compare(&next, &record->owner) <= 0;
}

static const struct name *nsec_for(const struct zone *zone, const struct name *name)
{
    for (size_t i = 0; i < zone->count; i++)
        if (nsec_covers(&zone->records[i], name))
            return &zone->records[i].owner;
    return NULL;
}

/* SOA, and for DO the NSECs: for the name, and where it is not there for the apex's wildcard, since
 * no zone here has a closer encloser that matters (RFC 4035 §3.1.3). */
static void put_denial(struct asked *asked, enum standing standing)
{
    const struct zone *zone = asked->zone;
    const struct name *first = asked->name, *second = NULL;
    struct name wildcard;

    if (asked->behaviour & EMPTY)
        return;
    put_set(asked, SECTION_AUTHORITY, &zone->origin, TYPE_SOA);
    if (!asked->dnssec)
        return;
    if (standing != IS_THERE)
        first = nsec_for(zone, asked->name);
    if (standing == IS_NOT_THERE && name_wildcard(&zone->origin, &wildcard) == ST_OK)
        second = nsec_for(zone, &wildcard);
    if (first)
        put_set(asked, SECTION_AUTHORITY, first, TYPE_NSEC);
    if (second && second != first)
        put_set(asked, SECTION_AUTHORITY, second, TYPE_NSEC);
}

static void put_referral(struct asked *asked, const struct name *cut)
{
    put_set(asked, SECTION_AUTHORITY, cut, TYPE_NS);
    for (size_t i = 0; i < asked->zone->count; i++) {
        const struct text_record *r = &asked->zone->records[i];
        if ((r->type == TYPE_A || r->type == TYPE_AAAA) && name_under(&r->owner, cut))
            put_record(asked, SECTION_ADDITIONAL, r);
    }
}

static void put_root(struct asked *asked)
{
    struct text_record record = { .owner = name_root, .type = TYPE_NS, .class = CLASS_IN };
    struct name server;

    record.ttl = 3600;
    if (name_from_text("a.root-servers.net.", &server) != ST_OK)
        return;
    record.rdata = name_bytes(&server);
    put_record(asked, SECTION_AUTHORITY, &record);
}

/* Writes the sections; the flags and the rcode that go with them. */
static unsigned put_sections(struct asked *asked)
{
    const struct name *cut = cut_above(asked);
    enum standing standing = standing_of(asked->zone, asked->name);
    unsigned aa = asked->behaviour & (AA_OFF | RECURSION_LAME) ? 0 : FLAG_AA;
    unsigned ra = asked->behaviour & RECURSION_LAME ? FLAG_RA : 0;

    if (asked->behaviour & UPWARD) {
        put_root(asked);
        return 0;
    }
    if (cut) {
        put_referral(asked, cut);
        return asked->behaviour & REFERRAL_AA ? FLAG_AA : 0;
    }
    if (has(asked->zone, asked->name, asked->type)) {
        put_set(asked, SECTION_ANSWER, asked->name, asked->type);
        return aa | ra;
    }
    if (has(asked->zone, asked->name, TYPE_CNAME)) {
        put_set(asked, SECTION_ANSWER, asked->name, TYPE_CNAME);
        return aa | ra;
    }
    if (standing == IS_EMPTY && asked->behaviour & NXDOMAIN_ENT)
        standing = IS_NOT_THERE;
    put_denial(asked, standing);
    return aa | ra | (standing == IS_NOT_THERE ? RCODE_NXDOMAIN : RCODE_NOERROR);
}

enum with_question { BARE, WITH_QUESTION };

/* A reply without records. */
static size_t short_reply(const struct message *query, unsigned flags, enum with_question with,
                          uint8_t reply[SERVING_REPLY_MAX])
{
    struct header header = { .id = query->header.id, .flags = (uint16_t)(FLAG_QR | flags) };
    struct writer w;

    writer_init(&w, reply, SERVING_REPLY_MAX);
    header.counts[0] = with == WITH_QUESTION;
    header_write(&w, &header);
    if (with == WITH_QUESTION)
        question_write(&w, &query->question);
    return w.failed ? 0 : w.len;
}

static size_t full_reply(const struct zone *zone, unsigned behaviour, const struct message *query,
                         size_t room, uint8_t reply[SERVING_REPLY_MAX])
{
    bool edns = query->edns.present && !(behaviour & IGNORE_OPT);
    struct edns_out opt = { .udp_octets = 1232, .dnssec_ok = query->edns.dnssec_ok };
    struct header header = { .id = query->header.id };
    struct question question = query->question;
    struct writer w;
    struct asked asked = { .zone = zone, .name = &query->question.name, .w = &w };

    asked.type = question.type;
    asked.behaviour = behaviour;
    asked.dnssec = edns && query->edns.dnssec_ok;
    if (behaviour & FOLD_CASE)
        question.name = name_lower(&question.name);
    writer_init(&w, reply, room);
    header_write(&w, &header);
    question_write(&w, &question);
    header.flags = (uint16_t)(FLAG_QR | put_sections(&asked));
    if (edns && !edns_write(&w, &opt))
        w.failed = true;
    if (w.failed)
        return short_reply(query, FLAG_TC, WITH_QUESTION, reply);
    writer_u16_at(&w, 2, header.flags);
    writer_u16_at(&w, 4, 1);
    for (size_t i = 0; i < SECTIONS; i++)
        writer_u16_at(&w, 6 + 2 * i, (uint16_t)(asked.counts[i] + (i == 2 && edns)));
    return w.len;
}

/* Does the behaviour leave the question without an answer? */
static bool is_dropped(unsigned behaviour, const struct message *query, enum standing standing,
                       enum transport transport)
{
    return behaviour & SILENT || (behaviour & DROP_AAAA && query->question.type == TYPE_AAAA) ||
           (behaviour & DROP_OPT && query->edns.present && transport == OVER_UDP) ||
           (behaviour & DROP_MINIMISED && standing == IS_EMPTY);
}

/* Length of the reply, 0 for none: the one function that decides. */
static size_t reply_to(const struct world *world, unsigned behaviour, const struct message *query,
                       enum transport transport, uint8_t reply[SERVING_REPLY_MAX])
{
    const struct zone *zone = zone_of(world, &query->question.name);
    enum standing standing = zone ? standing_of(zone, &query->question.name) : IS_NOT_THERE;
    size_t room = transport == OVER_TCP ? SERVING_REPLY_MAX : 512;

    if (is_dropped(behaviour, query, standing, transport))
        return 0;
    if (query->edns.present && behaviour & FORMERR_BARE)
        return short_reply(query, RCODE_FORMERR, BARE, reply);
    if (query->edns.present && behaviour & (FORMERR | NOTIMP))
        return short_reply(query, behaviour & FORMERR ? RCODE_FORMERR : RCODE_NOTIMP, WITH_QUESTION,
                           reply);
    if (!zone || behaviour & REFUSE || (behaviour & REFUSE_MINIMISED && standing == IS_EMPTY))
        return short_reply(query, RCODE_REFUSED, WITH_QUESTION, reply);
    if (behaviour & (SERVFAIL | SERVFAIL_BARE))
        return short_reply(query, RCODE_SERVFAIL, behaviour & SERVFAIL ? WITH_QUESTION : BARE,
                           reply);
    if (behaviour & TRUNCATE && transport == OVER_UDP)
        return short_reply(query, FLAG_AA | FLAG_TC, WITH_QUESTION, reply);
    if (query->edns.present && transport == OVER_UDP && !(behaviour & IGNORE_OPT))
        room = query->edns.udp_octets < 1232 ? query->edns.udp_octets : 1232;
    return full_reply(zone, behaviour, query, room, reply);
}

static size_t handle(void *context, const struct serving_request *request,
                     uint8_t reply[SERVING_REPLY_MAX])
{
    struct world *world = context;
    struct arena *arena = arena_create(world->pool, QUESTION_OCTETS);
    struct message query;
    size_t len = 0;

    if (arena && message_parse(request->octets, arena, &query) == ST_OK && query.has_question &&
        !(query.header.flags & FLAG_QR))
        len =
            reply_to(world, world->behaviours[request->address], &query, request->transport, reply);
    arena_destroy(arena);
    return len;
}

static unsigned behaviour_of(char *list)
{
    unsigned behaviour = 0;
    char *rest = list, *word;

    while ((word = strsep(&rest, ",")) != NULL) {
        size_t i = 0, count = sizeof words / sizeof words[0];
        while (i < count && strcmp(words[i].word, word) != 0)
            i++;
        if (i == count && strcmp(word, "-") != 0)
            die(word, "no such behaviour");
        behaviour |= i < count ? words[i].behaviour : 0;
    }
    return behaviour;
}

static void listen_at(struct world *world, const char *address, char *list)
{
    unsigned at = world->serving.address_count;
    unsigned behaviour = behaviour_of(list);

    serving_listen(&world->serving, address, behaviour & NO_TCP ? UDP_ALONE : UDP_AND_TCP);
    world->behaviours[at] = behaviour;
    world->serving.holds[at] = behaviour & HOLD;
}

static void read_script(struct world *world, const char *path)
{
    char line[1024], first[8], second[300], third[600];
    FILE *file = fopen(path, "re");

    if (!file)
        die(path, strerror(errno));
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%7s %299s %599s", first, second, third) != 3)
            die(path, line);
        if (strcmp(first, "zone") == 0)
            zone_read(world, second, third);
        else
            listen_at(world, second, third);
    }
    fclose(file);
}

int main(int argc, char **argv)
{
    static struct world world;

    if (argc != 2)
        die("use", "scripted FILE");
    world.pool = pool_create(2 * (size_t)WORLD_OCTETS + QUESTION_OCTETS);
    world.arena = world.pool ? arena_create(world.pool, 2 * (size_t)WORLD_OCTETS) : NULL;
    if (!world.arena)
        die("start", "no memory");
    world.serving.handle = handle;
    world.serving.context = &world;
    read_script(&world, argv[1]);
    for (;;)
        serving_once(&world.serving);
}
