#include "lib/cache/delegation_cache.h"

#include <stdio.h>

#include "tests/unit/cache/cache_test.h"

enum { DAY_S = 86400 };

static struct bench bench;
static struct delegation_cache *cache;
static struct server servers[SERVERS_MAX + 1];

static void set_up(void)
{
    bench = bench_begin(STORE_OCTETS_MIN);
    cache = delegation_cache_create(bench.store);
    ck_assert_ptr_nonnull(cache);
    memset(servers, 0, sizeof servers);
}

static void tear_down(void)
{
    delegation_cache_destroy(cache);
    bench_end(&bench);
}

/* Two servers, the first with glue of both families; servers for a day, DS state for an hour. */
static struct delegation cut(const char *zone)
{
    struct delegation d = {
        .zone = name_of(zone),
        .parent = name_root,
        .source = FROM_PARENT,
        .ds_state = DS_ABSENT,
        .server_count = 2,
        .why = WHY_NO_DS,
        .servers = servers,
        .servers_until = at_s(DAY_S),
        .ds_until = at_s(3600),
    };
    servers[0] = (struct server){ .name = name_of("NS1.example."), .address_count = 2 };
    servers[0].addresses[0] = endpoint_of("192.0.2.1");
    servers[0].addresses[1] = endpoint_of("[2001:db8::1]:5353");
    servers[1] = (struct server){ .name = name_of("ns.example.net.") };
    return d;
}

static enum status put(const struct delegation *d)
{
    return delegation_cache_put(cache, d, at_s(0));
}

static enum status get(const char *zone, uint64_t s, struct delegation *d)
{
    struct name name = name_of(zone);
    return delegation_cache_get(cache, &name, at_s(s), bench.arena, d);
}

static enum status deepest(const char *text, uint64_t s, struct delegation *d)
{
    struct name name = name_of(text);
    return delegation_cache_deepest(cache, &name, at_s(s), bench.arena, d);
}

static struct rrset **ds_of(const char *zone)
{
    char line[200];
    snprintf(line, sizeof line, "%s 3600 DS 4711 13 2 %064x\n", zone, 5);
    struct rrset *set = secure_set_of(line, bench.arena);
    return arena_copy(bench.arena, &set, sizeof set);
}

/* ---- whole entries ---- */

START_TEST(a_delegation_comes_back_as_it_was)
{
    struct delegation in = cut("example."), out;
    in.parent = name_of("Parent.");
    in.ds_state = DS_SECURE;
    in.ds_sets = ds_of("example.");
    in.ds_count = 1;
    ck_assert_int_eq(put(&in), ST_OK);
    ck_assert_int_eq(get("EXAMPLE.", 0, &out), ST_OK);
    ck_assert(name_equal(&out.zone, &in.zone));
    ck_assert(name_identical(&out.parent, &in.parent));
    ck_assert_uint_eq(out.source, FROM_PARENT);
    ck_assert_uint_eq(out.ds_state, DS_SECURE);
    ck_assert_uint_eq(out.why, WHY_NO_DS);
    ck_assert_uint_eq(out.servers_until.ns, at_s(DAY_S).ns);
    ck_assert_uint_eq(out.ds_until.ns, at_s(3600).ns);
    ck_assert_uint_eq(out.ds_count, 1);
    ck_assert_mem_eq(out.ds_sets[0], in.ds_sets[0], in.ds_sets[0]->size);
    ck_assert_uint_eq(out.server_count, 2);
    ck_assert(name_identical(&out.servers[0].name, &servers[0].name));
    ck_assert_uint_eq(out.servers[0].address_count, 2);
    ck_assert(endpoint_equal(&out.servers[0].addresses[0], &servers[0].addresses[0]));
    ck_assert(endpoint_equal(&out.servers[0].addresses[1], &servers[0].addresses[1]));
    ck_assert(name_identical(&out.servers[1].name, &servers[1].name));
    ck_assert_uint_eq(out.servers[1].address_count, 0);
}
END_TEST

START_TEST(an_empty_parent_and_nameless_addresses_are_kept)
{
    struct delegation in = cut("example."), out;
    in.parent.len = 0;
    in.source = FROM_FORWARD;
    servers[0].name.len = 0;
    ck_assert_int_eq(put(&in), ST_OK);
    ck_assert_int_eq(get("example.", 0, &out), ST_OK);
    ck_assert_uint_eq(out.parent.len, 0);
    ck_assert_uint_eq(out.servers[0].name.len, 0);
    ck_assert_uint_eq(out.servers[0].address_count, 2);
}
END_TEST

START_TEST(a_put_replaces_all_of_it)
{
    struct delegation in = cut("example."), out;
    in.ds_state = DS_SECURE;
    in.ds_sets = ds_of("example.");
    in.ds_count = 1;
    ck_assert_int_eq(put(&in), ST_OK);
    struct delegation second = cut("example.");
    second.server_count = 1;
    ck_assert_int_eq(put(&second), ST_OK);
    ck_assert_int_eq(get("example.", 0, &out), ST_OK);
    ck_assert_uint_eq(out.server_count, 1);
    ck_assert_uint_eq(out.ds_state, DS_ABSENT);
    ck_assert_uint_eq(out.ds_count, 0);
}
END_TEST

/* The most that one entry may hold: 13 servers of 6 addresses with names of 255 octets. */
START_TEST(the_largest_delegation_fits)
{
    struct delegation in = cut("example."), out;
    struct name longest = { .len = 0 };
    uint8_t label[LABEL_OCTETS_MAX];
    memset(label, 'a', sizeof label);
    for (int i = 0; i < 3; i++)
        ck_assert(name_push(&longest, LABEL_OCTETS_MAX, label));
    ck_assert(name_push(&longest, 61, label));
    ck_assert(name_push(&longest, 0, NULL));
    for (unsigned i = 0; i < SERVERS_MAX; i++) {
        servers[i] = (struct server){ .name = longest, .address_count = SERVER_ADDRESSES_MAX };
        for (unsigned j = 0; j < SERVER_ADDRESSES_MAX; j++)
            servers[i].addresses[j] = endpoint_of("192.0.2.1");
    }
    in.server_count = SERVERS_MAX;
    ck_assert_int_eq(put(&in), ST_OK);
    ck_assert_int_eq(get("example.", 0, &out), ST_OK);
    ck_assert_uint_eq(out.server_count, SERVERS_MAX);
    in.server_count = SERVERS_MAX + 1;
    ck_assert_int_eq(put(&in), ST_LIMIT);
}
END_TEST

/* ---- the two clocks (RULINGS A13, LIMITS B8) ---- */

static const struct {
    uint64_t until_s, kept_s;
    uint8_t source;
} leases[] = {
    { 300, 300, FROM_PARENT },
    { 59, 59, FROM_PARENT }, /* what is left of the lease of the cut above */
    { 1, 1, FROM_PARENT },
    { DAY_S + 1, DAY_S, FROM_PARENT },
    { 518400, DAY_S, FROM_PRIMING },
    { DAY_S + 100, DAY_S + 100, FROM_HINTS },
    { DAY_S + 1, DAY_S + 1, FROM_STUB },
    { 10, 10, FROM_FORWARD },
};

START_TEST(servers_are_kept_as_long_as_is_said_and_a_day_at_most)
{
    struct delegation in = cut("example."), out;
    in.source = leases[_i].source;
    in.servers_until = at_s(leases[_i].until_s);
    ck_assert_int_eq(put(&in), ST_OK);
    ck_assert_int_eq(get("example.", leases[_i].kept_s - 1, &out), ST_OK);
    ck_assert_uint_eq(out.servers_until.ns, at_s(leases[_i].kept_s).ns);
    ck_assert_int_eq(get("example.", leases[_i].kept_s, &out), ST_NOTFOUND);
}
END_TEST

START_TEST(hints_never_expire)
{
    struct delegation in = cut("."), out;
    in.source = FROM_HINTS;
    in.servers_until = INSTANT_NEVER;
    ck_assert_int_eq(put(&in), ST_OK);
    ck_assert_int_eq(get(".", UINT32_MAX, &out), ST_OK);
}
END_TEST

START_TEST(an_expired_ds_state_is_unknown_while_the_servers_live)
{
    struct delegation in = cut("example."), out;
    in.ds_state = DS_SECURE;
    in.ds_sets = ds_of("example.");
    in.ds_count = 1;
    ck_assert_int_eq(put(&in), ST_OK);
    ck_assert_int_eq(get("example.", 3599, &out), ST_OK);
    ck_assert_uint_eq(out.ds_state, DS_SECURE);
    ck_assert_uint_eq(out.ds_sets[0]->ttl, 1);
    ck_assert_int_eq(get("example.", 3600, &out), ST_OK);
    ck_assert_uint_eq(out.ds_state, DS_UNKNOWN);
    ck_assert_uint_eq(out.ds_count, 0);
    ck_assert_uint_eq(out.why, WHY_NONE);
    ck_assert_uint_eq(out.server_count, 2);
}
END_TEST

START_TEST(a_new_ds_state_leaves_servers_and_lease_alone)
{
    struct delegation in = cut("example."), news = cut("example."), out;
    ck_assert_int_eq(put(&in), ST_OK);
    news.ds_state = DS_SECURE;
    news.ds_sets = ds_of("example.");
    news.ds_count = 1;
    news.ds_until = at_s(7200);
    news.why = WHY_SECURE;
    news.server_count = 0;
    news.servers_until = at_s(10 * DAY_S);
    delegation_cache_put_ds(cache, &news, at_s(3000));
    ck_assert_int_eq(get("example.", 3000, &out), ST_OK);
    ck_assert_uint_eq(out.ds_state, DS_SECURE);
    ck_assert_uint_eq(out.why, WHY_SECURE);
    ck_assert_uint_eq(out.ds_until.ns, at_s(7200).ns);
    ck_assert_uint_eq(out.ds_sets[0]->ttl, 3600);
    ck_assert_uint_eq(out.server_count, 2);
    ck_assert(endpoint_equal(&out.servers[0].addresses[1], &servers[0].addresses[1]));
    ck_assert_uint_eq(out.servers_until.ns, at_s(DAY_S).ns);
    ck_assert_int_eq(get("example.", DAY_S, &out), ST_NOTFOUND);
}
END_TEST

START_TEST(a_ds_state_brings_no_delegation_to_life)
{
    struct delegation news = cut("example."), out;
    delegation_cache_put_ds(cache, &news, at_s(0));
    ck_assert_int_eq(get("example.", 0, &out), ST_NOTFOUND);
    ck_assert_int_eq(put(&news), ST_OK);
    delegation_cache_put_ds(cache, &news, at_s(DAY_S));
    ck_assert_int_eq(get("example.", DAY_S, &out), ST_NOTFOUND);
}
END_TEST

/* ---- the deepest cut ---- */

START_TEST(the_deepest_live_cut_is_found)
{
    struct delegation root = cut("."), top = cut("example."), low = cut("a.b.example."), out;
    ck_assert_int_eq(deepest("x.a.b.example.", 0, &out), ST_NOTFOUND);
    low.servers_until = at_s(100);
    ck_assert_int_eq(put(&root), ST_OK);
    ck_assert_int_eq(put(&top), ST_OK);
    ck_assert_int_eq(put(&low), ST_OK);
    ck_assert_int_eq(deepest("x.A.b.example.", 0, &out), ST_OK);
    ck_assert(name_equal(&out.zone, &low.zone));
    ck_assert_int_eq(deepest("a.b.example.", 0, &out), ST_OK);
    ck_assert(name_equal(&out.zone, &low.zone));
    ck_assert_int_eq(deepest("b.example.", 0, &out), ST_OK);
    ck_assert(name_equal(&out.zone, &top.zone));
    ck_assert_int_eq(deepest("x.a.b.example.", 100, &out), ST_OK); /* the lower one has expired */
    ck_assert(name_equal(&out.zone, &top.zone));
    ck_assert_int_eq(deepest("net.", 0, &out), ST_OK);
    ck_assert(name_equal(&out.zone, &name_root));
    ck_assert_int_eq(deepest(".", 0, &out), ST_OK);
}
END_TEST

/* ---- addresses by server name ---- */

START_TEST(addresses_are_kept_by_name_and_family)
{
    struct name ns = name_of("NS1.example.");
    struct server_addresses in = { .family = 6, .count = 2, .until = at_s(300) }, out;
    in.addresses[0] = endpoint_of("2001:db8::1");
    in.addresses[1] = endpoint_of("2001:db8::2");
    delegation_cache_put_addresses(cache, &ns, &in, at_s(0));
    ns = name_of("ns1.EXAMPLE.");
    ck_assert_int_eq(delegation_cache_get_addresses(cache, &ns, 4, at_s(0), &out), ST_NOTFOUND);
    ck_assert_int_eq(delegation_cache_get_addresses(cache, &ns, 6, at_s(299), &out), ST_OK);
    ck_assert_uint_eq(out.family, 6);
    ck_assert_uint_eq(out.count, 2);
    ck_assert(endpoint_equal(&out.addresses[1], &in.addresses[1]));
    ck_assert_uint_eq(out.until.ns, at_s(300).ns);
    ck_assert_int_eq(delegation_cache_get_addresses(cache, &ns, 6, at_s(300), &out), ST_NOTFOUND);
}
END_TEST

START_TEST(that_there_are_no_addresses_is_known_too)
{
    struct name ns = name_of("ns1.example.");
    struct server_addresses in = { .family = 4, .until = at_s(300) }, out = { .count = 9 };
    delegation_cache_put_addresses(cache, &ns, &in, at_s(0));
    ck_assert_int_eq(delegation_cache_get_addresses(cache, &ns, 4, at_s(0), &out), ST_OK);
    ck_assert_uint_eq(out.count, 0);
}
END_TEST

START_TEST(addresses_are_kept_for_a_day_at_most)
{
    struct name ns = name_of("ns1.example.");
    struct server_addresses in = { .family = 4, .until = at_s(7 * DAY_S) }, out;
    delegation_cache_put_addresses(cache, &ns, &in, at_s(0));
    ck_assert_int_eq(delegation_cache_get_addresses(cache, &ns, 4, at_s(DAY_S), &out), ST_NOTFOUND);
    ck_assert_int_eq(delegation_cache_get_addresses(cache, &ns, 4, at_s(DAY_S - 1), &out), ST_OK);
}
END_TEST

START_TEST(no_damaged_delegation_is_read_beyond_its_end)
{
    struct delegation in = cut("example."), out;
    struct store_key key = { name_bytes(&in.zone), 0, KIND_DELEGATION, 0 };
    struct store_value value;
    uint8_t octets[1024];
    in.ds_sets = ds_of("example.");
    in.ds_count = 1;
    ck_assert_int_eq(put(&in), ST_OK);
    ck_assert_int_eq(store_copy(bench.store, &key, octets, sizeof octets, &value), ST_OK);
    size_t len = value.value.len;
    for (size_t i = 0; i < 9 * len; i++) {
        struct bytes damaged = { octets, i < len ? i : len };
        size_t at = i < len ? 0 : (i - len) / 8;
        uint8_t bit = i < len ? 0 : (uint8_t)(1u << i % 8);
        octets[at] ^= bit;
        ck_assert_int_eq(store_put(bench.store, &key, damaged, at_s(0), at_s(300)), ST_OK);
        (void)get("example.", 0, &out);
        delegation_cache_put_ds(cache, &in, at_s(0));
        (void)get("example.", 0, &out);
        octets[at] ^= bit;
        if (i % 100 == 0) {
            bench_fresh_arena(&bench);
            in.ds_sets = ds_of("example.");
        }
    }
}
END_TEST

Suite *cache_delegation_cache_suite(void)
{
    Suite *suite = suite_create("cache/delegation_cache");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, a_delegation_comes_back_as_it_was);
    tcase_add_test(all, an_empty_parent_and_nameless_addresses_are_kept);
    tcase_add_test(all, a_put_replaces_all_of_it);
    tcase_add_test(all, the_largest_delegation_fits);
    tcase_add_loop_test(all, servers_are_kept_as_long_as_is_said_and_a_day_at_most, 0,
                        ROWS(leases));
    tcase_add_test(all, hints_never_expire);
    tcase_add_test(all, an_expired_ds_state_is_unknown_while_the_servers_live);
    tcase_add_test(all, a_new_ds_state_leaves_servers_and_lease_alone);
    tcase_add_test(all, a_ds_state_brings_no_delegation_to_life);
    tcase_add_test(all, the_deepest_live_cut_is_found);
    tcase_add_test(all, addresses_are_kept_by_name_and_family);
    tcase_add_test(all, that_there_are_no_addresses_is_known_too);
    tcase_add_test(all, addresses_are_kept_for_a_day_at_most);
    tcase_add_test(all, no_damaged_delegation_is_read_beyond_its_end);
    suite_add_tcase(suite, all);
    return suite;
}
