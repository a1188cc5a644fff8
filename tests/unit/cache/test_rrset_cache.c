#include "lib/cache/rrset_cache.h"

#include "tests/unit/cache/link_test.h"

#define A_LINES "www.example. 300 A 192.0.2.1\nwww.example. 300 A 192.0.2.2\n"
#define RRSIG_OF(owner, type)                                                                      \
    owner " 300 RRSIG " type " 13 2 300 20300101000000 20200101000000 4711 example. AAAA\n"

static enum status put(const struct link *link, enum data_class class, uint64_t s)
{
    return rrset_cache_put(cache, link, class, at_s(s));
}

static void keep(const struct link *link)
{
    ck_assert_int_eq(put(link, DATA_CHECKED, 0), ST_OK);
}

static enum status find_at(const char *name, uint16_t type, uint64_t s, struct link *link)
{
    struct name sought = name_of(name);
    struct link_key key = { &sought, type, DATA_CHECKED };
    return rrset_cache_find(cache, &key, at_s(s), bench.arena, link);
}

static enum status find(const char *name, uint16_t type, struct link *link)
{
    return find_at(name, type, 0, link);
}

/* ---- what comes back ---- */

START_TEST(a_link_comes_back_as_it_was)
{
    struct link in =
        positive("www.example.", A_LINES RRSIG_OF("www.example.", "A"), SEC_SECURE, bench.arena);
    struct rrset *nsec = secure_set_of("example. 300 NSEC z.example. A\n", bench.arena);
    struct link out;
    in.authority = one_set(nsec, bench.arena);
    in.authority_count = 1;
    in.opt_out = true;
    in.wildcard = true;
    in.why = WHY_NSEC3_ITERATIONS;
    keep(&in);
    ck_assert_int_eq(find("WWW.example.", TYPE_A, &out), ST_OK);
    ck_assert(name_equal(&out.name, &in.name));
    ck_assert_uint_eq(out.type, TYPE_A);
    ck_assert_uint_eq(out.kind, REPLY_POSITIVE);
    ck_assert_uint_eq(out.rcode, RCODE_NOERROR);
    ck_assert_uint_eq(out.security, SEC_SECURE);
    ck_assert_uint_eq(out.rank, RANK_VALIDATED);
    ck_assert_uint_eq(out.why, WHY_NSEC3_ITERATIONS);
    ck_assert(out.opt_out && out.wildcard);
    ck_assert_uint_eq(out.ttl_s, 300);
    ck_assert_uint_eq(out.answer_count, 1);
    ck_assert_uint_eq(out.authority_count, 1);
    ck_assert_mem_eq(out.answer[0], in.answer[0], in.answer[0]->size);
    ck_assert_mem_eq(out.authority[0], nsec, nsec->size);
}
END_TEST

START_TEST(ttls_are_what_is_left)
{
    struct link in = positive("www.example.", A_LINES, SEC_INSECURE, bench.arena), out;
    keep(&in);
    ck_assert_int_eq(find_at("www.example.", TYPE_A, 100, &out), ST_OK);
    ck_assert_uint_eq(out.ttl_s, 200);
    ck_assert_uint_eq(out.answer[0]->ttl, 200);
    ck_assert_int_eq(find_at("www.example.", TYPE_A, 299, &out), ST_OK);
    ck_assert_uint_eq(out.answer[0]->ttl, 1);
    ck_assert_int_eq(find_at("www.example.", TYPE_A, 300, &out), ST_NOTFOUND);
}
END_TEST

START_TEST(no_set_outlives_its_link)
{
    struct link in = positive("www.example.", A_LINES, SEC_INSECURE, bench.arena), out;
    in.ttl_s = 30;
    keep(&in);
    ck_assert_int_eq(find("www.example.", TYPE_A, &out), ST_OK);
    ck_assert_uint_eq(out.answer[0]->ttl, 30);
}
END_TEST

START_TEST(other_names_and_types_are_not_found)
{
    struct link in = positive("www.example.", A_LINES, SEC_INSECURE, bench.arena), out;
    keep(&in);
    ck_assert_int_eq(find("www.example.", TYPE_AAAA, &out), ST_NOTFOUND);
    ck_assert_int_eq(find("example.", TYPE_A, &out), ST_NOTFOUND);
    ck_assert_int_eq(find("a.www.example.", TYPE_A, &out), ST_NOTFOUND);
}
END_TEST

START_TEST(a_small_arena_is_a_limit)
{
    struct link in = positive("www.example.", A_LINES, SEC_INSECURE, bench.arena), out;
    struct name name = name_of("www.example.");
    struct link_key key = { &name, TYPE_A, DATA_CHECKED };
    struct arena *small = arena_create(bench.pool, 64);
    keep(&in);
    ck_assert_ptr_nonnull(small);
    ck_assert_int_eq(rrset_cache_find(cache, &key, at_s(0), small, &out), ST_LIMIT);
    arena_destroy(small);
}
END_TEST

/* ---- how long ---- */

static const struct {
    uint32_t ttl, kept;
    enum reply_kind kind;
} ttls[] = {
    { 300, 300, REPLY_POSITIVE },
    { 86401, 86400, REPLY_POSITIVE },
    { UINT32_C(0x80000000), 86400, REPLY_POSITIVE }, /* RFC 8767 §4: the high bit is no sign */
    { UINT32_MAX, 86400, REPLY_POSITIVE },
    { 3601, 3600, REPLY_NODATA }, /* RFC 2308 §5 */
    { 3601, 3600, REPLY_NXDOMAIN },
    { 3601, 3601, REPLY_ALIAS },
};

START_TEST(ttls_are_capped)
{
    struct link in = ttls[_i].kind == REPLY_POSITIVE
                         ? positive("www.example.", A_LINES, SEC_INSECURE, bench.arena)
                     : ttls[_i].kind == REPLY_ALIAS
                         ? alias("www.example.", TYPE_A, "a.example.", bench.arena)
                         : negative("www.example.", TYPE_A, ttls[_i].kind, bench.arena);
    struct link out;
    in.ttl_s = ttls[_i].ttl;
    keep(&in);
    ck_assert_int_eq(find("www.example.", TYPE_A, &out), ST_OK);
    ck_assert_uint_eq(out.ttl_s, ttls[_i].kept);
    ck_assert_int_eq(find_at("www.example.", TYPE_A, ttls[_i].kept - 1, &out), ST_OK);
    ck_assert_int_eq(find_at("www.example.", TYPE_A, ttls[_i].kept, &out), ST_NOTFOUND);
}
END_TEST

/* RFC 1035 §3.2.1 */
START_TEST(a_ttl_of_0_is_not_kept)
{
    struct link in = positive("www.example.", A_LINES, SEC_INSECURE, bench.arena), out;
    in.ttl_s = 0;
    keep(&in);
    ck_assert_int_eq(find("www.example.", TYPE_A, &out), ST_NOTFOUND);
    ck_assert_uint_eq(store_figures(bench.store).entries, 0);
}
END_TEST

/* RFC 4035 §5.3.3: a signed set is kept no longer than its signature allows. */
START_TEST(the_floor_holds_for_unsigned_data_alone)
{
    static const struct ttl_caps floored = { 30, 86400, 3600, 60 };
    struct rrset_cache *other = rrset_cache_create(bench.store, &floored);
    struct link in =
        positive("www.example.", "www.example. 5 A 192.0.2.1\n", SEC_INSECURE, bench.arena);
    struct link secure =
        positive("s.example.", "s.example. 5 A 192.0.2.1\n", SEC_SECURE, bench.arena);
    struct link out;
    ck_assert_int_eq(rrset_cache_put(other, &in, DATA_CHECKED, at_s(0)), ST_OK);
    ck_assert_int_eq(rrset_cache_put(other, &secure, DATA_CHECKED, at_s(0)), ST_OK);
    ck_assert_int_eq(find("www.example.", TYPE_A, &out), ST_OK);
    ck_assert_uint_eq(out.ttl_s, 30);
    ck_assert_uint_eq(out.answer[0]->ttl, 30);
    ck_assert_int_eq(find("s.example.", TYPE_A, &out), ST_OK);
    ck_assert_uint_eq(out.ttl_s, 5);
    rrset_cache_destroy(other);
}
END_TEST

/* ---- rank (RFC 2181 §5.4.1, LIMITS B9) ---- */

static const struct {
    uint8_t rank, security;
} strengths[] = {
    /* from weak to strong */
    { RANK_REFERRAL, SEC_INSECURE },  { RANK_ANSWER_NOT_AUTHORITATIVE, SEC_INSECURE },
    { RANK_ANSWER, SEC_INSECURE },    { RANK_ANSWER, SEC_SECURE },
    { RANK_VALIDATED, SEC_INSECURE }, { RANK_VALIDATED, SEC_SECURE },
};

static struct link ranked(int row, const char *lines)
{
    struct link link = positive("www.example.", lines, SEC_INSECURE, bench.arena);
    link.rank = strengths[row].rank;
    link.security = strengths[row].security;
    return link;
}

START_TEST(the_stronger_stays_and_the_equal_replaces)
{
    for (unsigned before = 0; before < ROWS(strengths); before++) {
        for (unsigned after = 0; after < ROWS(strengths); after++) {
            struct link old = ranked(before, "www.example. 300 A 192.0.2.1\n"), out;
            struct link new = ranked(after, "www.example. 300 A 192.0.2.2\n");
            struct name name = name_of("www.example.");
            struct store_key key = { name_bytes(&name), TYPE_A, KIND_RRSET, 0 };
            keep(&old);
            ck_assert_int_eq(put(&new, DATA_CHECKED, 1), after < before ? ST_BUSY : ST_OK);
            ck_assert_int_eq(find_at("www.example.", TYPE_A, 1, &out), ST_OK);
            struct rrset *expected = after < before ? old.answer[0] : new.answer[0];
            ck_assert(rrset_same_octets(out.answer[0], expected));
            ck_assert(store_remove(bench.store, &key));
        }
    }
}
END_TEST

START_TEST(an_expired_stronger_one_gives_way)
{
    struct link secure = positive("www.example.", A_LINES, SEC_SECURE, bench.arena);
    struct link weak = positive("www.example.", A_LINES, SEC_INSECURE, bench.arena), out;
    keep(&secure);
    ck_assert_int_eq(put(&weak, DATA_CHECKED, 299), ST_BUSY);
    ck_assert_int_eq(put(&weak, DATA_CHECKED, 300), ST_OK);
    ck_assert_int_eq(find_at("www.example.", TYPE_A, 300, &out), ST_OK);
    ck_assert_uint_eq(out.security, SEC_INSECURE);
}
END_TEST

START_TEST(bogus_and_unchecked_links_are_no_checked_data)
{
    struct link bogus = positive("www.example.", A_LINES, SEC_BOGUS, bench.arena);
    struct link unchecked = positive("www.example.", A_LINES, SEC_UNCHECKED, bench.arena), out;
    ck_assert_int_eq(put(&bogus, DATA_CHECKED, 0), ST_UNSUPPORTED);
    ck_assert_int_eq(put(&unchecked, DATA_CHECKED, 0), ST_UNSUPPORTED);
    ck_assert_int_eq(find("www.example.", TYPE_A, &out), ST_NOTFOUND);
}
END_TEST

/* ---- size (RULINGS B5) ---- */

static struct link with_records(unsigned count)
{
    struct bytes rdatas[300];
    uint8_t octets[300][4];
    struct name owner = name_of("many.example.");
    struct rrset *set;
    for (unsigned i = 0; i < count; i++) {
        uint8_t address[4] = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i };
        memcpy(octets[i], address, sizeof address);
        rdatas[i] = (struct bytes){ octets[i], sizeof octets[i] };
    }
    struct rrset_parts parts = { &owner, TYPE_A, 300, rdatas, count, NULL, 0 };
    ck_assert_int_eq(rrset_pack(&parts, bench.arena, &set), ST_OK);
    struct link link = link_of("many.example.", TYPE_A, REPLY_POSITIVE, SEC_INSECURE);
    link.answer = one_set(set, bench.arena);
    link.answer_count = 1;
    return link;
}

START_TEST(a_set_of_256_records_is_kept_and_one_of_257_is_not)
{
    struct link fits = with_records(256), over = with_records(257), out;
    keep(&fits);
    ck_assert_int_eq(find("many.example.", TYPE_A, &out), ST_OK);
    ck_assert_uint_eq(out.answer[0]->rr_count, 256);
    ck_assert_int_eq(put(&over, DATA_CHECKED, 0), ST_LIMIT);
}
END_TEST

START_TEST(a_link_over_16_kib_is_not_kept)
{
    struct link link = with_records(250), out;
    struct rrset *sets[40];
    for (unsigned i = 0; i < ROWS(sets); i++)
        sets[i] = link.answer[0];
    link.answer = sets;
    link.answer_count = ROWS(sets);
    ck_assert_int_eq(put(&link, DATA_CHECKED, 0), ST_LIMIT);
    ck_assert_int_eq(find("many.example.", TYPE_A, &out), ST_NOTFOUND);
}
END_TEST

/* ---- a value that is not ours ---- */

/* Whatever octets a snapshot brings, a read stays inside them: the arena is guarded under ASan. */
START_TEST(no_damaged_value_is_read_beyond_its_end)
{
    struct link in =
        positive("www.example.", A_LINES RRSIG_OF("www.example.", "A"), SEC_SECURE, bench.arena);
    struct name name = name_of("www.example.");
    struct store_key key = { name_bytes(&name), TYPE_A, KIND_RRSET, 0 };
    struct store_value value;
    uint8_t octets[1024];
    in.authority =
        one_set(secure_set_of("example. 300 NSEC z.example. A\n", bench.arena), bench.arena);
    in.authority_count = 1;
    keep(&in);
    ck_assert_int_eq(store_copy(bench.store, &key, octets, sizeof octets, &value), ST_OK);
    ck_assert(store_remove(bench.store, &key)); /* it is stronger than what follows */
    unsigned sound = 0;
    size_t len = value.value.len;
    for (size_t i = 0; i < 2 * len; i++) {
        struct bytes damaged = { octets, i < len ? i : len };
        uint8_t *at = &octets[i < len ? 0 : i - len], bit = i < len ? 0 : (uint8_t)(1u << i % 8);
        *at ^= bit;
        struct link out;
        enum status status = store_put(bench.store, &key, damaged, at_s(0), at_s(300));
        ck_assert_int_eq(status, ST_OK);
        sound += find("www.example.", TYPE_A, &out) == ST_OK;
        (void)rrset_cache_known(cache, &name, TYPE_A, at_s(0), bench.arena);
        *at ^= bit;
    }
    ck_assert_uint_lt(sound, len);
}
END_TEST

Suite *cache_rrset_cache_suite(void)
{
    Suite *suite = suite_create("cache/rrset_cache");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, a_link_comes_back_as_it_was);
    tcase_add_test(all, ttls_are_what_is_left);
    tcase_add_test(all, no_set_outlives_its_link);
    tcase_add_test(all, other_names_and_types_are_not_found);
    tcase_add_test(all, a_small_arena_is_a_limit);
    tcase_add_loop_test(all, ttls_are_capped, 0, ROWS(ttls));
    tcase_add_test(all, a_ttl_of_0_is_not_kept);
    tcase_add_test(all, the_floor_holds_for_unsigned_data_alone);
    tcase_add_test(all, the_stronger_stays_and_the_equal_replaces);
    tcase_add_test(all, an_expired_stronger_one_gives_way);
    tcase_add_test(all, bogus_and_unchecked_links_are_no_checked_data);
    tcase_add_test(all, a_set_of_256_records_is_kept_and_one_of_257_is_not);
    tcase_add_test(all, a_link_over_16_kib_is_not_kept);
    tcase_add_test(all, no_damaged_value_is_read_beyond_its_end);
    suite_add_tcase(suite, all);
    return suite;
}
