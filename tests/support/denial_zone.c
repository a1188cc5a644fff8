#include "tests/support/denial_zone.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/crypto/digest.h"
#include "lib/wire/type.h"

enum { BITMAP_OCTETS = 256 * 34, TYPES_TEXT = 80, NAMES_MAX = DENIAL_NODES_MAX * 4 };

static void demand(int condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "denial_zone: %s\n", what);
    abort();
}

static struct name name_of(const char *text)
{
    struct name name;
    demand(name_from_text(text, &name) == ST_OK, text);
    return name;
}

struct name denial_child(const struct name *of, const char *label)
{
    struct name name;
    struct bytes octets = { (const uint8_t *)label, strlen(label) };
    demand(name_prepend(octets, of, &name) == ST_OK, label);
    return name;
}

/* Copies the next word of `*at` and moves behind it; false: there is none. */
static bool word_take(const char **at, char *word, size_t size)
{
    size_t len = strcspn(*at += strspn(*at, " "), " \n");
    if (len == 0)
        return false;
    demand(len < size, *at);
    memcpy(word, *at, len);
    word[len] = '\0';
    *at += len;
    return true;
}

void denial_zone_read(const char *lines, struct denial_zone *zone)
{
    char owner[NAME_TEXT];

    zone->count = 0;
    while (word_take(&lines, owner, sizeof owner)) {
        demand(zone->count < DENIAL_NODES_MAX, "too many nodes");
        struct denial_node *node = &zone->nodes[zone->count++];
        size_t len = strcspn(lines, "\n");
        node->name = name_of(owner);
        demand(len < sizeof node->types, lines);
        memcpy(node->types, lines, len);
        node->types[len] = '\0';
        lines += len + (lines[len] == '\n');
    }
    zone->apex = zone->nodes[0].name;
}

/* ---- truth ---- */

bool denial_node_has(const struct denial_node *node, const char *type)
{
    char word[TYPE_TEXT];
    const char *at = node->types;

    while (word_take(&at, word, sizeof word))
        if (strcmp(word, type) == 0)
            return true;
    return false;
}

const struct denial_node *denial_zone_node(const struct denial_zone *zone, const struct name *name)
{
    for (size_t i = 0; i < zone->count; i++)
        if (name_equal(&zone->nodes[i].name, name))
            return &zone->nodes[i];
    return NULL;
}

bool denial_zone_exists(const struct denial_zone *zone, const struct name *name)
{
    for (size_t i = 0; i < zone->count; i++)
        if (name_under(&zone->nodes[i].name, name) &&
            !denial_zone_cut_off(zone, &zone->nodes[i].name))
            return true;
    return false;
}

bool denial_zone_cut_off(const struct denial_zone *zone, const struct name *name)
{
    for (size_t i = 0; i < zone->count; i++) {
        const struct denial_node *node = &zone->nodes[i];
        bool delegation = denial_node_has(node, "NS") && !denial_node_has(node, "SOA");
        if (name_strictly_under(name, &node->name) &&
            (delegation || denial_node_has(node, "DNAME")))
            return true;
    }
    return false;
}

struct name denial_zone_encloser(const struct denial_zone *zone, const struct name *name)
{
    struct name encloser = *name;
    while (!denial_zone_exists(zone, &encloser))
        encloser = name_parent(&encloser);
    return encloser;
}

bool denial_zone_lacks(const struct denial_zone *zone, const struct name *name, const char *type)
{
    const struct denial_node *node = denial_zone_node(zone, name);
    bool ds = strcmp(type, "DS") == 0;
    if (node == NULL)
        return true;
    if (denial_node_has(node, "SOA") ? ds : denial_node_has(node, "NS") && !ds)
        return false;
    return strcmp(type, "ANY") != 0 && !denial_node_has(node, type) &&
           !denial_node_has(node, "CNAME");
}

/* ---- by chance ---- */

size_t denial_zone_names(const struct denial_zone *zone, const char *letters,
                         struct name names[DENIAL_NAMES_MAX])
{
    size_t count = 1;

    names[0] = zone->apex;
    for (size_t from = 0, depth = 0; depth < 3; depth++)
        for (size_t to = count; from < to; from++)
            for (const char *letter = letters; *letter != '\0'; letter++)
                names[count++] = denial_child(&names[from], (const char[]){ *letter, '\0' });
    return count;
}

void denial_zone_draw(struct prng *prng, struct denial_zone *zone)
{
    static const char *const types[] = { "A",     "A TXT",   "A",   "CNAME", "NS",
                                         "NS DS", "DNAME A", "TXT", "A" };
    struct name names[DENIAL_NAMES_MAX];

    denial_zone_read("example. SOA NS DNSKEY\n", zone);
    uint32_t count = (uint32_t)denial_zone_names(zone, "ab*", names);
    for (uint32_t left = prng_below(prng, 9); left > 0; left--) {
        const struct name *name = &names[1 + prng_below(prng, count - 1)];
        if (denial_zone_node(zone, name) != NULL)
            continue;
        struct denial_node *node = &zone->nodes[zone->count++];
        node->name = *name;
        snprintf(node->types, sizeof node->types, "%s",
                 types[prng_below(prng, sizeof types / sizeof *types)]);
    }
}

void denial_zone_print(const struct denial_zone *zone)
{
    char text[NAME_TEXT];
    for (size_t i = 0; i < zone->count; i++)
        fprintf(stderr, "%s %s\n", name_text(&zone->nodes[i].name, text, sizeof text),
                zone->nodes[i].types);
}

/* ---- records ---- */

struct bitmap_room {
    uint8_t windows[256][32];
    uint8_t octets[BITMAP_OCTETS];
    size_t len;
};

static void bitmap_pack(struct bitmap_room *room)
{
    room->len = 0;
    for (unsigned window = 0; window < 256; window++) {
        unsigned octets = 32;
        while (octets > 0 && room->windows[window][octets - 1] == 0)
            octets--;
        if (octets == 0)
            continue;
        room->octets[room->len++] = (uint8_t)window;
        room->octets[room->len++] = (uint8_t)octets;
        memcpy(room->octets + room->len, room->windows[window], octets);
        room->len += octets;
    }
}

/* RFC 4034 §4.1.2. */
static struct bytes bitmap_write(const char *types, struct arena *arena)
{
    struct bitmap_room *room = arena_zero(arena, sizeof *room);
    char word[TYPE_TEXT];
    uint16_t type;

    demand(room != NULL, "no memory");
    while (word_take(&types, word, sizeof word)) {
        demand(type_from_text(word, &type), word);
        room->windows[type >> 8][(type & 0xff) / 8] |= (uint8_t)(0x80 >> type % 8);
    }
    bitmap_pack(room);
    return (struct bytes){ room->octets, room->len };
}

static struct rrset *pack(const struct name *owner, uint16_t type, struct bytes rdata,
                          struct arena *arena)
{
    struct rrset_parts parts = {
        .owner = owner, .type = type, .ttl = DENIAL_TTL, .rdatas = &rdata, .rr_count = 1
    };
    struct rrset *set;
    demand(rrset_pack(&parts, arena, &set) == ST_OK, "no set");
    return set;
}

static void put(uint8_t *rdata, size_t *len, const void *octets, size_t count)
{
    if (count > 0)
        memcpy(rdata + *len, octets, count);
    *len += count;
}

static struct rrset *nsec_make(const struct name *owner, const struct name *next, const char *types,
                               struct arena *arena)
{
    struct bytes bitmap = bitmap_write(types, arena);
    uint8_t *rdata = arena_alloc(arena, NAME_OCTETS_MAX + BITMAP_OCTETS);
    size_t len = 0;

    demand(rdata != NULL, "no memory");
    put(rdata, &len, next->octets, next->len);
    put(rdata, &len, bitmap.at, bitmap.len);
    return pack(owner, TYPE_NSEC, (struct bytes){ rdata, len }, arena);
}

struct rrset *denial_nsec(const char *owner, const char *next, const char *types,
                          struct arena *arena)
{
    struct name from = name_of(owner), to = name_of(next);
    return nsec_make(&from, &to, types, arena);
}

static struct bytes salt_of(const struct denial_chain *chain, uint8_t salt[255])
{
    size_t len = strlen(chain->salt) / 2;
    demand(len <= 255, "salt too long");
    for (size_t i = 0; i < len; i++)
        salt[i] =
            (uint8_t)strtoul((char[]){ chain->salt[2 * i], chain->salt[2 * i + 1], 0 }, NULL, 16);
    return (struct bytes){ salt, len };
}

void denial_hash(const struct denial_chain *chain, const struct name *name, uint8_t hash[20])
{
    uint8_t salt[255];
    struct name lower = name_lower(name);
    demand(digest_nsec3(chain->keyring, name_bytes(&lower), salt_of(chain, salt), chain->iterations,
                        hash) == ST_OK,
           "no hash");
}

char *denial_base32hex(const uint8_t hash[20], char text[33])
{
    for (unsigned i = 0; i < 32; i++) {
        unsigned bit = 5 * i, two = (unsigned)hash[bit / 8] << 8;
        two |= bit / 8 < 19 ? hash[bit / 8 + 1] : 0;
        text[i] = "0123456789abcdefghijklmnopqrstuv"[two >> (11 - bit % 8) & 31];
    }
    text[32] = '\0';
    return text;
}

struct rrset *denial_nsec3(const struct denial_chain *chain, const struct name *zone,
                           const struct denial_span *span, struct arena *arena)
{
    struct bytes bitmap = bitmap_write(span->types, arena);
    uint8_t salt_room[255], *rdata = arena_alloc(arena, 300 + BITMAP_OCTETS);
    struct bytes salt = salt_of(chain, salt_room);
    size_t len = 0;
    char label[33];
    struct name owner;

    demand(rdata != NULL, "no memory");
    put(rdata, &len, (uint8_t[]){ 1, chain->flags }, 2);
    put(rdata, &len,
        (uint8_t[]){ (uint8_t)(chain->iterations >> 8), (uint8_t)chain->iterations,
                     (uint8_t)salt.len },
        3);
    put(rdata, &len, salt.at, salt.len);
    put(rdata, &len, (uint8_t[]){ 20 }, 1);
    put(rdata, &len, span->to, 20);
    put(rdata, &len, bitmap.at, bitmap.len);
    denial_base32hex(span->from, label);
    demand(name_prepend((struct bytes){ (const uint8_t *)label, 32 }, zone, &owner) == ST_OK,
           "owner too long");
    return pack(&owner, TYPE_NSEC3, (struct bytes){ rdata, len }, arena);
}

/* ---- chains ---- */

static void types_with(const struct denial_node *node, const char *more, char text[TYPES_TEXT])
{
    snprintf(text, TYPES_TEXT, "%s %s", node->types, more);
}

static int by_name(const void *a, const void *b)
{
    return name_compare(&(*(const struct denial_node *const *)a)->name,
                        &(*(const struct denial_node *const *)b)->name);
}

size_t denial_zone_nsec(const struct denial_zone *zone, struct arena *arena, struct rrset **sets)
{
    const struct denial_node *order[DENIAL_NODES_MAX];
    char types[TYPES_TEXT];
    size_t count = 0;

    for (size_t i = 0; i < zone->count; i++)
        if (!denial_zone_cut_off(zone, &zone->nodes[i].name))
            order[count++] = &zone->nodes[i];
    qsort(order, count, sizeof *order, by_name);
    for (size_t i = 0; i < count; i++) {
        types_with(order[i], "RRSIG NSEC", types);
        sets[i] = nsec_make(&order[i]->name, &order[(i + 1) % count]->name, types, arena);
    }
    return count;
}

struct hashed {
    struct name name;
    uint8_t hash[20];
};

static int by_hash(const void *a, const void *b)
{
    return memcmp(((const struct hashed *)a)->hash, ((const struct hashed *)b)->hash, 20);
}

static void hashed_add(struct hashed *names, size_t *count, const struct name *name)
{
    for (size_t i = 0; i < *count; i++)
        if (name_equal(&names[i].name, name))
            return;
    demand(*count < NAMES_MAX, "too many names");
    names[(*count)++].name = *name;
}

/* The node and the empty non-terminals above it (RFC 5155 §7.1). */
static void hashed_add_node(struct hashed *names, size_t *count, const struct denial_zone *zone,
                            const struct denial_node *node)
{
    for (unsigned labels = zone->apex.labels; labels <= node->name.labels; labels++) {
        struct name at = name_suffix(&node->name, labels);
        hashed_add(names, count, &at);
    }
}

static bool opted_out(const struct denial_chain *chain, const struct denial_node *node)
{
    return chain->flags == 1 && denial_node_has(node, "NS") && !denial_node_has(node, "SOA") &&
           !denial_node_has(node, "DS");
}

static void types_hashed(const struct denial_zone *zone, const struct name *name,
                         char types[TYPES_TEXT])
{
    const struct denial_node *node = denial_zone_node(zone, name);
    types[0] = '\0';
    if (node == NULL)
        return;
    bool unsigned_cut = denial_node_has(node, "NS") && !denial_node_has(node, "SOA") &&
                        !denial_node_has(node, "DS");
    types_with(node, unsigned_cut ? "" : "RRSIG", types);
}

size_t denial_zone_nsec3(const struct denial_zone *zone, const struct denial_chain *chain,
                         struct arena *arena, struct rrset **sets)
{
    struct hashed *names = arena_zero(arena, NAMES_MAX * sizeof *names);
    struct denial_span span;
    char types[TYPES_TEXT];
    size_t count = 0;

    demand(names != NULL, "no memory");
    for (size_t i = 0; i < zone->count; i++)
        if (!denial_zone_cut_off(zone, &zone->nodes[i].name) && !opted_out(chain, &zone->nodes[i]))
            hashed_add_node(names, &count, zone, &zone->nodes[i]);
    for (size_t i = 0; i < count; i++)
        denial_hash(chain, &names[i].name, names[i].hash);
    qsort(names, count, sizeof *names, by_hash);
    for (size_t i = 0; i < count; i++) {
        memcpy(span.from, names[i].hash, 20);
        memcpy(span.to, names[(i + 1) % count].hash, 20);
        types_hashed(zone, &names[i].name, types);
        span.types = types;
        sets[i] = denial_nsec3(chain, &zone->apex, &span, arena);
    }
    return count;
}
