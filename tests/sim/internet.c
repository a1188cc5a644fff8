#include "tests/sim/internet.h"

#include <stdio.h>

#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/wire/text.h"
#include "lib/wire/type.h"

enum {
    ARENA_OCTETS = 64 * 1024 * 1024,
    PAIRS_A_TURN = 5, /* of the ten that zones use; pair 11 is the one that a wrong DS names */
    DNS_PORT = 53
};

int internet_site(const struct internet *internet, const struct endpoint *address)
{
    for (size_t i = 0; i < internet->site_count; i++)
        if (endpoint_same_address(&internet->sites[i].address, address))
            return (int)i;
    return -1;
}

const struct zone *internet_zone(const struct internet *internet, const char *apex)
{
    for (size_t i = 0; i < internet->zone_count; i++)
        if (strcmp(internet->zones[i].plan->apex, apex) == 0)
            return &internet->zones[i];
    zone_fail("no such zone", apex);
}

/* ---- sites ---- */

static void serve_at(struct internet *internet, const struct endpoint *address,
                     const struct zone *zone)
{
    int found = internet_site(internet, address);
    struct site *site;

    if (found < 0) {
        if (internet->site_count == SITES_MAX)
            zone_fail("too many sites", zone->plan->apex);
        found = (int)internet->site_count++;
        internet->sites[found].address = *address;
    }
    site = &internet->sites[found];
    if (site->zone_count == SITE_ZONES_MAX)
        zone_fail("too many zones at one site", zone->plan->apex);
    site->zones[site->zone_count++] = zone;
}

static void serve_at_roots(struct internet *internet, const struct zone *zone,
                           const struct policy *policy)
{
    for (unsigned i = 0; i < HINTS_MAX; i++) {
        serve_at(internet, &policy->hints[i].v4, zone);
        serve_at(internet, &policy->hints[i].v6, zone);
    }
}

static void serve_by_words(struct internet *internet, const struct zone *zone)
{
    const char *at = zone->plan->servers;

    while ((at = strchr(at, '='))) {
        do {
            struct endpoint address;
            char one[64];
            at++;
            snprintf(one, sizeof one, "%.*s", (int)strcspn(at, ", "), at);
            if (endpoint_parse(one, DNS_PORT, &address) != ST_OK)
                zone_fail("no address", one);
            serve_at(internet, &address, zone);
            at += strlen(one);
        } while (*at == ',');
    }
}

/* ---- zones ---- */

static const struct zone *parent_of(const struct internet *internet, const struct zone *zone)
{
    const struct zone *parent = NULL;

    for (size_t i = 0; i < internet->zone_count; i++) {
        const struct zone *other = &internet->zones[i];
        if (name_strictly_under(&zone->apex, &other->apex) &&
            (!parent || other->apex.labels > parent->apex.labels))
            parent = other;
    }
    return parent;
}

static bool is_a_parent(const struct internet *internet, const struct zone *zone)
{
    for (size_t i = 0; i < internet->zone_count; i++)
        if (internet->zones[i].parent == zone)
            return true;
    return false;
}

static bool has_rolled(const struct internet *internet, const struct zone *zone,
                       enum internet_kind kind)
{
    return (kind == KEYS_ROLLED && !is_a_parent(internet, zone)) ||
           (kind == KEYS_ALL_ROLLED && zone->parent);
}

static void choose_keys(struct internet *internet, enum internet_kind kind)
{
    for (size_t i = 0; i < internet->zone_count; i++) {
        struct zone *zone = &internet->zones[i];
        unsigned pair = (unsigned)(i % PAIRS_A_TURN);
        if (has_rolled(internet, zone, kind))
            pair += PAIRS_A_TURN;
        if (zone->plan->algorithm)
            zone->key = sign_key(internet->signer, zone->plan->algorithm, pair, SIGN_KSK);
    }
}

static void begin_zones(struct internet *internet, const struct zone_plan *plan)
{
    for (; plan->apex; plan++) {
        struct zone *zone = &internet->zones[internet->zone_count];
        if (internet->zone_count == ZONES_MAX || name_from_text(plan->apex, &zone->apex) != ST_OK)
            zone_fail("no room or no name", plan->apex);
        zone->plan = plan;
        internet->zone_count++;
    }
}

static void find_parents(struct internet *internet)
{
    for (size_t i = 0; i < internet->zone_count; i++)
        internet->zones[i].parent = parent_of(internet, &internet->zones[i]);
}

static void make_anchor(struct internet *internet)
{
    struct rrset *ds = sign_ds_set(&name_root, &internet->zones[0].key, 1, internet->arena);
    char rdata[TEXT_RDATA];

    text_rdata(TYPE_DS, rrset_rdata(ds, 0), rdata, sizeof rdata);
    if (snprintf(internet->anchor, sizeof internet->anchor, ". IN DS %s", rdata) >=
        (int)sizeof internet->anchor)
        zone_fail("too long", "anchor");
}

/* Whoever is below it goes with it. */
static void take_back(struct internet *internet, const char *apex)
{
    const struct zone *gone = internet_zone(internet, apex);

    for (size_t i = 0; i < internet->zone_count; i++)
        internet->zones[i].taken_back = name_under(&internet->zones[i].apex, &gone->apex);
}

struct internet *internet_create(struct unixtime wall, enum internet_kind kind)
{
    struct internet *internet = memory_new(sizeof *internet);
    struct policy *policy = policy_create();

    if (!internet || !policy || policy->hint_count != HINTS_MAX ||
        !(internet->pool = pool_create(ARENA_OCTETS)) ||
        !(internet->arena = arena_create(internet->pool, ARENA_OCTETS)) ||
        !(internet->crypto = crypto_create()) ||
        !(internet->keyring = keyring_create(internet->crypto, KEYRING_KEYS)) ||
        !(internet->signer = signer_create()))
        zone_fail("no memory", "internet");
    struct zone_works works = {
        internet->arena, internet->signer,        internet->keyring,        policy->hints,
        wall.s,          kind == ROOT_KEYS_AHEAD, kind == ROOT_FORGED_AHEAD
    };
    internet->wall = wall;
    begin_zones(internet, internet_plans);
    if (kind == WITH_PRIVATE_ZONES)
        begin_zones(internet, internet_private_plans);
    find_parents(internet);
    choose_keys(internet, kind);
    if (kind == ZONE_TAKEN_BACK)
        take_back(internet, "deep.t2.");
    for (size_t i = 0; i < internet->zone_count; i++)
        zone_build(internet->zones, internet->zone_count, i, &works);
    for (size_t i = 0; i < internet->zone_count; i++) {
        if (strcmp(internet->zones[i].plan->servers, "@root") == 0)
            serve_at_roots(internet, &internet->zones[i], policy);
        else
            serve_by_words(internet, &internet->zones[i]);
    }
    make_anchor(internet);
    policy_destroy(policy);
    return internet;
}

void internet_destroy(struct internet *internet)
{
    if (!internet)
        return;
    signer_destroy(internet->signer);
    keyring_destroy(internet->keyring);
    crypto_destroy(internet->crypto);
    arena_destroy(internet->arena);
    pool_destroy(internet->pool);
    memory_free(internet);
}
