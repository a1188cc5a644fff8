/* Making a zone from its plan: records, delegations, signatures, the denial chain. */
#include <stdarg.h>
#include <stdio.h>

#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "tests/sim/zone.h"
#include "tests/support/keytrap.h"

enum { RECORDS_MAX = 300, LINE_OCTETS = 1024, DAY_S = 86400, KEYS_MAX = 4, TRAP_SIGS = 4 };

struct draft {
    struct zone *zone;
    const struct zone_works *works;
    struct text_record records[RECORDS_MAX];
    size_t count;
    struct rrset *plain[ZONE_SETS_MAX]; /* not yet signed */
    size_t plain_count;
};

/* ---- records ---- */

__attribute__((format(printf, 2, 3))) static void add_line(struct draft *draft, const char *format,
                                                           ...)
{
    char line[LINE_OCTETS], why[TEXT_WHY];
    va_list arguments;

    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (len < 0 || (size_t)len >= sizeof line || draft->count == RECORDS_MAX)
        zone_fail("too long", draft->zone->plan->apex);
    if (text_read_record(line, draft->works->arena, &draft->records[draft->count], why) != ST_OK)
        zone_fail(why, line);
    draft->count++;
}

/* "www" in "t1." is www.t1. and "@" is t1. itself. */
static void full_name(const char *owner, const char *apex, char name[NAME_TEXT])
{
    bool at_apex = strcmp(owner, "@") == 0;
    snprintf(name, NAME_TEXT, "%s%s%s", at_apex ? "" : owner,
             at_apex || strcmp(apex, ".") == 0 ? "" : ".", apex);
}

static void add_plan_records(struct draft *draft, const char *lines)
{
    char owner[256], type[TYPE_TEXT], rdata[512], name[NAME_TEXT];

    while (lines && *lines) {
        size_t len = strcspn(lines, "\n");
        if (len > 0) {
            if (sscanf(lines, "%255s %15s %511[^\n]", owner, type, rdata) != 3)
                zone_fail("not a record", lines);
            full_name(owner, draft->zone->plan->apex, name);
            add_line(draft, "%s %u IN %s %s", name, ZONE_TTL, type, rdata);
        }
        lines += len + (lines[len] == '\n');
    }
}

static void add_crowd(struct draft *draft)
{
    for (unsigned i = 0; i < CROWD_NAMES; i++)
        add_line(draft, "n%u.%s %u IN A 5.9.13.%u", i, draft->zone->plan->apex, ZONE_TTL, i);
}

/* ---- servers ---- */

static void add_addresses(struct draft *draft, const char *name, const char *addresses)
{
    while (*addresses) {
        size_t len = strcspn(addresses, ",");
        char one[64];
        snprintf(one, sizeof one, "%.*s", (int)len, addresses);
        add_line(draft, "%s %u IN %s %s", name, ZONE_TTL, strchr(one, ':') ? "AAAA" : "A", one);
        addresses += len + (addresses[len] == ',');
    }
}

static bool is_under(const char *name, const struct name *zone)
{
    struct name parsed;
    if (name_from_text(name, &parsed) != ST_OK)
        zone_fail("no name", name);
    return name_under(&parsed, zone);
}

static void add_hints(struct draft *draft, const struct zone *of)
{
    char server[NAME_TEXT], v4[ENDPOINT_TEXT], v6[ENDPOINT_TEXT];

    for (unsigned i = 0; i < HINTS_MAX; i++) {
        struct hint hint = draft->works->hints[i];
        name_text(&hint.name, server, sizeof server);
        add_line(draft, "%s %u IN NS %s", of->plan->apex, ZONE_TTL, server);
        hint.v4.port = hint.v6.port = 0;
        if (!name_under(&hint.name, of == draft->zone ? &of->apex : &draft->zone->apex))
            continue;
        add_line(draft, "%s %u IN A %s", server, ZONE_TTL, endpoint_text(&hint.v4, v4));
        add_line(draft, "%s %u IN AAAA %s", server, ZONE_TTL, endpoint_text(&hint.v6, v6));
    }
}

/* The NS set of `of`, as its own apex or as a cut; addresses where they belong or serve as glue. */
static void add_servers(struct draft *draft, const struct zone *of)
{
    const char *words = of->plan->servers;
    bool own = of == draft->zone;

    if (strcmp(words, "@root") == 0) {
        add_hints(draft, of);
        return;
    }
    while (*(words += strspn(words, " "))) {
        char word[256];
        int len = snprintf(word, sizeof word, "%.*s", (int)strcspn(words, " "), words);
        char *addresses = strchr(word, '=');
        if (addresses)
            *addresses++ = '\0';
        add_line(draft, "%s %u IN NS %s", of->plan->apex, ZONE_TTL, word);
        bool glue = own ? is_under(word, &of->apex) : is_under(word, &draft->zone->apex);
        if (addresses && glue)
            add_addresses(draft, word, addresses);
        words += len;
    }
}

/* ---- sets ---- */

static void keep_plain(struct draft *draft, struct rrset *set)
{
    if (draft->plain_count == ZONE_SETS_MAX)
        zone_fail("too many sets", draft->zone->plan->apex);
    draft->plain[draft->plain_count++] = set;
}

static bool same_set(const struct text_record *a, const struct text_record *b)
{
    return a->type == b->type && name_equal(&a->owner, &b->owner);
}

static void group(struct draft *draft)
{
    struct bytes rdatas[RECORDS_MAX];

    for (size_t i = 0; i < draft->count; i++) {
        struct text_record *first = &draft->records[i];
        struct rrset_parts parts = {
            .owner = &first->owner, .type = first->type, .ttl = first->ttl, .rdatas = rdatas
        };
        struct rrset *set;
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = same_set(&draft->records[k], first);
        if (seen)
            continue;
        for (size_t k = i; k < draft->count; k++)
            if (same_set(&draft->records[k], first))
                rdatas[parts.rr_count++] = draft->records[k].rdata;
        if (rrset_pack(&parts, draft->works->arena, &set) != ST_OK)
            zone_fail("does not pack", draft->zone->plan->apex);
        keep_plain(draft, set);
    }
}

static void add_delegations(struct draft *draft, const struct zone *zones, size_t count)
{
    struct signer *signer = draft->works->signer;

    for (size_t i = 0; i < count; i++) {
        const struct zone *child = &zones[i];
        struct sign_key key = child->key;
        bool wrong = child->plan->odd & ODD_WRONG_DS;
        if (child->parent != draft->zone || child->plan->odd & ODD_PRIVATE ||
            (child->taken_back && !draft->zone->taken_back))
            continue;
        add_servers(draft, child);
        if (wrong)
            key = sign_key(signer, child->plan->algorithm ? child->plan->algorithm : 15, 11,
                           SIGN_KSK);
        if (child->plan->algorithm || wrong)
            keep_plain(draft, sign_ds_set(&child->apex, &key, 1, draft->works->arena));
    }
}

static void add_colliding_keys(struct draft *draft)
{
    struct bytes rdatas[KEYTRAP_KEYS];
    struct rrset_parts parts = {
        .owner = &draft->zone->apex, .type = TYPE_DNSKEY, .ttl = ZONE_TTL, .rdatas = rdatas
    };
    struct rrset *set;

    parts.rr_count = KEYTRAP_KEYS;
    keytrap_keys(&draft->zone->key, KEYTRAP_POINT, rdatas, KEYTRAP_KEYS, draft->works->arena);
    if (rrset_pack(&parts, draft->works->arena, &set) != ST_OK)
        zone_fail("does not pack", draft->zone->plan->apex);
    keep_plain(draft, set);
}

static void add_keys(struct draft *draft)
{
    const struct zone_plan *plan = draft->zone->plan;
    struct sign_key keys[KEYS_MAX] = { draft->zone->key };
    size_t count = 1;

    if (plan->odd & ODD_KEYTRAP) {
        add_colliding_keys(draft);
        return;
    }
    if (plan->odd & ODD_BIG_KEYS)
        for (; count < KEYS_MAX; count++)
            keys[count] = sign_key(draft->works->signer, 8, (unsigned)count, SIGN_ZSK);
    keep_plain(draft, sign_dnskey_set(&draft->zone->apex, keys, count, draft->works->arena));
}

/* ---- signatures ---- */

/* A cut's NS set and everything below a cut is the parent's word no more (RFC 4035 §2.2). */
static bool authoritative(const struct draft *draft, const struct rrset *set)
{
    struct name owner = rrset_owner(set);

    for (size_t i = 0; i < draft->plain_count; i++) {
        const struct rrset *cut = draft->plain[i];
        struct name at = rrset_owner(cut);
        if (cut->type == TYPE_NS && !name_equal(&at, &draft->zone->apex) &&
            name_under(&owner, &at) && set->type != TYPE_DS)
            return false;
    }
    return true;
}

static bool owner_begins(const struct rrset *set, const char *label)
{
    struct name owner = rrset_owner(set);
    struct bytes first = name_label(&owner, 0);
    return first.len >= strlen(label) && memcmp(first.at, label, strlen(label)) == 0;
}

static struct rrset *sign(const struct draft *draft, const struct rrset *set)
{
    const struct zone *zone = draft->zone;
    int64_t begin = draft->works->wall - 10 * DAY_S, end = draft->works->wall + 20 * DAY_S;
    struct sign_with with[TRAP_SIGS];
    size_t count = 1;
    bool keys = set->type == TYPE_DNSKEY, root = !zone->parent;
    bool forged = draft->works->root_forged_ahead && root && !keys;

    if (forged || (draft->works->root_keys_ahead && root && keys)) {
        begin = draft->works->wall + 30 * DAY_S;
        end = begin + 21 * DAY_S;
    }
    if (zone->plan->odd & ODD_EXPIRED)
        end = draft->works->wall - DAY_S;
    if (zone->plan->odd & ODD_TRAP && owner_begins(set, "burn"))
        count = TRAP_SIGS;
    for (size_t i = 0; i < count; i++)
        with[i] = (struct sign_with){ .key = &zone->key,
                                      .zone = &zone->apex,
                                      .inception = (uint32_t)(begin + (int64_t)i),
                                      .expiration = (uint32_t)end,
                                      .odd = forged || i + 1 < count ? SIGN_ODD_SIGNATURE : 0 };
    return sign_set(set, with, count, draft->works->arena);
}

static void sign_all(struct draft *draft)
{
    struct zone *zone = draft->zone;

    for (size_t i = 0; i < draft->plain_count; i++) {
        const struct rrset *set = draft->plain[i];
        bool stripped = zone->plan->odd & ODD_STRIPPED && owner_begins(set, "www");
        bool sealed = zone->plan->algorithm && !stripped && authoritative(draft, set);
        zone->sets[zone->set_count++] = sealed ? sign(draft, set) : set;
    }
}

/* ---- the denial chain ---- */

static void add_node(struct denial_zone *nodes, const struct rrset *set)
{
    struct name owner = rrset_owner(set);
    struct denial_node *node = NULL;
    char type[TYPE_TEXT];

    for (size_t i = 0; i < nodes->count; i++)
        if (name_equal(&nodes->nodes[i].name, &owner))
            node = &nodes->nodes[i];
    if (!node) {
        if (nodes->count == DENIAL_NODES_MAX)
            zone_fail("too many names", "denial chain");
        node = &nodes->nodes[nodes->count++];
        *node = (struct denial_node){ .name = owner };
    }
    size_t len = strlen(node->types);
    snprintf(node->types + len, sizeof node->types - len, " %s", type_text(set->type, type));
}

static bool is_glue(const struct zone *zone, const struct rrset *set)
{
    struct name owner = rrset_owner(set);
    struct name above = name_parent(&owner);

    for (; above.labels > zone->apex.labels; above = name_parent(&above))
        if (zone_set(zone, &above, TYPE_NS))
            return true;
    return false;
}

static void add_chain(struct draft *draft)
{
    const struct zone_works *works = draft->works;
    struct zone *zone = draft->zone;
    struct denial_zone nodes = { .apex = zone->apex };
    struct denial_chain nsec3 = { .keyring = works->keyring,
                                  .salt = "",
                                  .flags = zone->plan->denial == DENIED_WITH_OPT_OUT };

    for (size_t i = 0; i < zone->set_count; i++)
        if (!is_glue(zone, zone->sets[i]))
            add_node(&nodes, zone->sets[i]);
    zone->chain_count = zone->plan->denial == DENIED_BY_NSEC
                            ? denial_zone_nsec(&nodes, works->arena, zone->chain)
                            : denial_zone_nsec3(&nodes, &nsec3, works->arena, zone->chain);
    for (size_t i = 0; i < zone->chain_count; i++)
        zone->chain[i] = sign(draft, zone->chain[i]);
}

/* ---- the whole ---- */

static enum security truth_of(const struct zone *zone)
{
    enum security above = zone->parent ? zone->parent->truth : SEC_SECURE;

    if (above != SEC_SECURE || zone->plan->odd & (ODD_EXPIRED | ODD_WRONG_DS))
        return above != SEC_SECURE ? above : SEC_BOGUS;
    return zone->plan->algorithm && !(zone->plan->odd & ODD_PRIVATE) ? SEC_SECURE : SEC_INSECURE;
}

void zone_build(struct zone *zones, size_t count, size_t at, const struct zone_works *works)
{
    struct zone *zone = &zones[at];
    struct draft *draft = ARENA_NEW(works->arena, struct draft);

    if (!draft)
        zone_fail("no memory", zone->plan->apex);
    draft->zone = zone;
    draft->works = works;
    zone->truth = truth_of(zone);
    add_line(draft, "%s %u IN SOA ns.%s host.%s 1 3600 600 86400 %u", zone->plan->apex,
             ZONE_DENIAL_TTL, at ? zone->plan->apex : "", at ? zone->plan->apex : "",
             ZONE_DENIAL_TTL);
    add_servers(draft, zone);
    add_plan_records(draft, zone->plan->records);
    if (zone->plan->odd & ODD_CROWDED)
        add_crowd(draft);
    add_delegations(draft, zones, count);
    if (zone->plan->algorithm)
        add_keys(draft);
    group(draft);
    sign_all(draft);
    if (zone->plan->algorithm && !(zone->plan->odd & ODD_NO_DENIAL))
        add_chain(draft);
}
