/* options_same - whether two options are alike, for the suites of the configuration. */
#ifndef CATENA_TESTS_UNIT_OPTIONS_SAME_H
#define CATENA_TESTS_UNIT_OPTIONS_SAME_H

#include <string.h>

#include "resolver/config/option.h"
#include "tests/unit/wire/wire_test.h"
#include "tests/unit/resolver/local_same.h"
#include "tests/unit/resolver/zones_same.h"

static inline bool same_acl(const struct acl *a, const struct acl *b)
{
    for (unsigned i = 0; i < a->count && a->count == b->count; i++)
        if (memcmp(&a->prefixes[i].base, &b->prefixes[i].base, sizeof a->prefixes[i].base) != 0 ||
            a->prefixes[i].bits != b->prefixes[i].bits)
            return false;
    return a->count == b->count;
}

static inline bool same_set(const struct rrset *a, const struct rrset *b)
{
    struct rrset_walk one, other;
    struct bytes x, y;
    if (a == NULL || b == NULL || a->rr_count != b->rr_count)
        return a == b;
    one = rrset_records(a);
    other = rrset_records(b);
    while (rrset_next(&one, &x) && rrset_next(&other, &y))
        if (x.len != y.len || memcmp(x.at, y.at, x.len) != 0)
            return false;
    return true;
}

static inline bool same_anchors(const struct anchor_set *a, const struct anchor_set *b)
{
    static const char *const zones[] = { ".", "example." };
    for (unsigned i = 0; i < 2; i++) {
        struct name zone = name_of(zones[i]);
        const struct rrset *ds[2], *keys[2];
        anchor_find(a, &zone, &ds[0], &keys[0]);
        anchor_find(b, &zone, &ds[1], &keys[1]);
        if (!same_set(ds[0], ds[1]) || !same_set(keys[0], keys[1]))
            return false;
    }
    return true;
}

static inline bool same_hints(const struct policy *a, const struct policy *b)
{
    for (unsigned i = 0; i < a->hint_count && a->hint_count == b->hint_count; i++)
        if (!name_equal(&a->hints[i].name, &b->hints[i].name) ||
            !endpoint_equal(&a->hints[i].v4, &b->hints[i].v4) ||
            !endpoint_equal(&a->hints[i].v6, &b->hints[i].v6))
            return false;
    return a->hint_count == b->hint_count && a->hints_port == b->hints_port;
}

static inline bool same_off(const struct dnssec_rules *a, const struct dnssec_rules *b)
{
    for (unsigned i = 0; i < a->below_count && a->below_count == b->below_count; i++)
        if (!name_equal(&a->below[i].below, &b->below[i].below) ||
            a->below[i].kind != b->below[i].kind || a->below[i].number != b->below[i].number)
            return false;
    return a->below_count == b->below_count;
}

static inline bool same_rules(const struct dnssec_rules *a, const struct dnssec_rules *b)
{
    return a->sha1 == b->sha1 && a->strict_algorithms == b->strict_algorithms &&
           a->inception_skew_s == b->inception_skew_s &&
           a->expiration_skew_s == b->expiration_skew_s &&
           memcmp(a->algorithms_off, b->algorithms_off, sizeof a->algorithms_off) == 0 &&
           memcmp(a->digests_off, b->digests_off, sizeof a->digests_off) == 0 && same_off(a, b);
}

static inline bool same_rate(const struct ratelimit_rules *a, const struct ratelimit_rules *b)
{
    const struct networks *n = &a->networks, *m = &b->networks;
    for (unsigned i = 0; i < n->count && n->count == m->count; i++)
        if (n->list[i].bits != m->list[i].bits || n->list[i].length != m->list[i].length ||
            n->list[i].factor != m->list[i].factor)
            return false;
    return a->mode == b->mode && n->count == m->count;
}

static inline bool same_switches(const struct policy *a, const struct policy *b)
{
    return a->dnssec == b->dnssec && a->qmin == b->qmin && a->mixed_case == b->mixed_case &&
           a->priming == b->priming && a->signal == b->signal && a->log_queries == b->log_queries &&
           a->ipv4 == b->ipv4 && a->ipv6 == b->ipv6 && a->ttl_min_s == b->ttl_min_s &&
           a->ttl_max_s == b->ttl_max_s && a->negative_ttl_max_s == b->negative_ttl_max_s &&
           same_rate(&a->rate, &b->rate) && a->clock_fixed == b->clock_fixed &&
           (!a->clock_fixed || a->clock.s == b->clock.s);
}

static inline bool same_policy(const struct policy *a, const struct policy *b)
{
    return memcmp(&a->limits, &b->limits, sizeof a->limits) == 0 && same_switches(a, b) &&
           same_rules(&a->rules, &b->rules) && same_acl(&a->allow, &b->allow) &&
           same_acl(&a->snoop, &b->snoop) && same_acl(&a->refuse_addresses, &b->refuse_addresses) &&
           same_subtrees(&a->modes, &b->modes) &&
           same_subtrees(&a->negative_anchors, &b->negative_anchors) &&
           memcmp(a->cookie_secrets.at, b->cookie_secrets.at, sizeof a->cookie_secrets.at) == 0 &&
           a->cookie_secrets.count == b->cookie_secrets.count && a->cookies == b->cookies &&
           memcmp(&a->identity, &b->identity, sizeof a->identity) == 0 &&
           same_zones(&a->zones, &b->zones) && same_subtrees(&a->time_repair, &b->time_repair) &&
           same_local(a->local, b->local) && same_acl(&a->private.hidden, &b->private.hidden) &&
           same_subtrees(&a->private.shown, &b->private.shown) && same_hints(a, b) &&
           same_anchors(a->anchors, b->anchors) && a->aggressive == b->aggressive;
}

/* In all but whether `listen` was written. */
static inline bool same_options(const struct options *a, const struct options *b)
{
    for (unsigned i = 0; i < a->listen_count && a->listen_count == b->listen_count; i++)
        if (!endpoint_equal(&a->listen[i], &b->listen[i]))
            return false;
    return a->listen_count == b->listen_count && a->workers == b->workers &&
           strcmp(a->user, b->user) == 0 && strcmp(a->state_directory, b->state_directory) == 0 &&
           a->cache_octets == b->cache_octets && a->log_level == b->log_level &&
           a->log_format == b->log_format && a->open_resolver == b->open_resolver &&
           a->allow_local == b->allow_local && a->auto_update == b->auto_update &&
           a->hosts == b->hosts && strcmp(a->hosts_file, b->hosts_file) == 0 &&
           same_policy(a->policy, b->policy);
}

#endif
