/* Which entry answers which question: aliases, absent names, CD, and proofs that are known. */
#include "lib/cache/rrset_cache.h"

#include "tests/unit/cache/link_test.h"

static void keep(const struct link *link, enum data_class class)
{
    ck_assert_int_eq(rrset_cache_put(cache, link, class, at_s(0)), ST_OK);
}

static enum status find_in(const char *name, uint16_t type, enum data_class class,
                           struct link *link)
{
    struct name sought = name_of(name);
    struct link_key key = { &sought, type, class };
    return rrset_cache_find(cache, &key, at_s(0), bench.arena, link);
}

static enum status find(const char *name, uint16_t type, struct link *link)
{
    return find_in(name, type, DATA_CHECKED, link);
}

static const struct rrset *known(const char *owner, uint16_t type, uint64_t s)
{
    struct name name = name_of(owner);
    return rrset_cache_known(cache, &name, type, at_s(s), bench.arena);
}

/* ---- aliases ---- */

static const struct {
    uint16_t type;
    bool answered;
} alias_types[] = {
    { TYPE_A, true },      { TYPE_AAAA, true },  { TYPE_MX, true },   { TYPE_NS, true },
    { TYPE_SOA, true },    { TYPE_TXT, true },   { TYPE_TLSA, true }, { TYPE_HTTPS, true },
    { TYPE_DNSKEY, true }, { TYPE_DNAME, true }, { 65280, true },     { TYPE_ANY, false },
    { TYPE_RRSIG, false }, { TYPE_NSEC, false }, { TYPE_KEY, false }, { TYPE_SIG, false },
    { TYPE_NXT, false },   { TYPE_DS, false },
};

/* RFC 1034 §3.6.2; RFC 4035 §2.5 for what stands beside a CNAME, RFC 4035 §2.4 for DS. */
START_TEST(an_alias_answers_for_other_types)
{
    struct link in = alias("www.example.", TYPE_A, "a.example.", bench.arena), out;
    keep(&in, DATA_CHECKED);
    enum status status = find("www.example.", alias_types[_i].type, &out);
    ck_assert_int_eq(status, alias_types[_i].answered ? ST_OK : ST_NOTFOUND);
    if (status == ST_OK) {
        ck_assert_uint_eq(out.kind, REPLY_ALIAS);
        ck_assert_uint_eq(out.type, alias_types[_i].type);
        ck_assert_uint_eq(out.answer[0]->type, TYPE_CNAME);
    }
}
END_TEST

START_TEST(a_question_for_the_cname_itself_is_answered_by_it)
{
    struct link in = alias("www.example.", TYPE_A, "a.example.", bench.arena), out;
    keep(&in, DATA_CHECKED);
    ck_assert_int_eq(find("www.example.", TYPE_CNAME, &out), ST_OK);
    ck_assert_uint_eq(out.kind, REPLY_POSITIVE);
    ck_assert_uint_eq(out.type, TYPE_CNAME);
}
END_TEST

START_TEST(a_cname_that_was_asked_for_is_an_alias_too)
{
    struct link in =
        positive("www.example.", "www.example. 300 CNAME a.example.\n", SEC_INSECURE, bench.arena);
    struct link out;
    keep(&in, DATA_CHECKED);
    ck_assert_int_eq(find("www.example.", TYPE_MX, &out), ST_OK);
    ck_assert_uint_eq(out.kind, REPLY_ALIAS);
    ck_assert_uint_eq(out.type, TYPE_MX);
}
END_TEST

START_TEST(an_alias_that_answered_a_ds_question_is_kept_for_ds)
{
    struct link in = alias("www.example.", TYPE_DS, "a.example.", bench.arena), out;
    keep(&in, DATA_CHECKED);
    ck_assert_int_eq(find("www.example.", TYPE_DS, &out), ST_OK);
    ck_assert_uint_eq(out.kind, REPLY_ALIAS);
    ck_assert_int_eq(find("www.example.", TYPE_A, &out), ST_NOTFOUND);
}
END_TEST

START_TEST(no_cname_is_no_alias)
{
    struct link in = negative("www.example.", TYPE_CNAME, REPLY_NODATA, bench.arena), out;
    keep(&in, DATA_CHECKED);
    ck_assert_int_eq(find("www.example.", TYPE_A, &out), ST_NOTFOUND);
    ck_assert_int_eq(find("www.example.", TYPE_CNAME, &out), ST_OK);
    ck_assert_uint_eq(out.kind, REPLY_NODATA);
}
END_TEST

/* RFC 6672 §2.2: below a DNAME every name is renamed, for every type. */
START_TEST(a_dname_answers_for_the_name_asked)
{
    struct link in =
        positive("a.example.", "example. 300 DNAME example.net.\n", SEC_INSECURE, bench.arena);
    struct link out;
    in.kind = REPLY_DNAME;
    in.type = TYPE_A;
    keep(&in, DATA_CHECKED);
    ck_assert_int_eq(find("a.example.", TYPE_AAAA, &out), ST_OK);
    ck_assert_uint_eq(out.kind, REPLY_DNAME);
    ck_assert_uint_eq(out.answer[0]->type, TYPE_DNAME);
    ck_assert_int_eq(find("b.example.", TYPE_AAAA, &out), ST_NOTFOUND);
    ck_assert_int_eq(find("example.", TYPE_DNAME, &out), ST_NOTFOUND);
}
END_TEST

START_TEST(the_rrset_comes_before_the_alias)
{
    struct link a =
        positive("www.example.", "www.example. 300 A 192.0.2.1\n", SEC_INSECURE, bench.arena);
    struct link cname = alias("www.example.", TYPE_MX, "a.example.", bench.arena), out;
    keep(&a, DATA_CHECKED);
    keep(&cname, DATA_CHECKED);
    ck_assert_int_eq(find("www.example.", TYPE_A, &out), ST_OK);
    ck_assert_uint_eq(out.kind, REPLY_POSITIVE);
}
END_TEST

/* ---- absent names ---- */

static const uint16_t all_types[] = { TYPE_A,  TYPE_CNAME, TYPE_DS,  TYPE_NSEC,
                                      TYPE_MX, TYPE_ANY,   TYPE_KEY, 65280 };

/* RFC 2308 §5: NXDOMAIN is kept for the name, not for its type. */
START_TEST(nxdomain_answers_for_all_types)
{
    struct link in = negative("no.example.", TYPE_A, REPLY_NXDOMAIN, bench.arena), out;
    keep(&in, DATA_CHECKED);
    ck_assert_int_eq(find("no.example.", all_types[_i], &out), ST_OK);
    ck_assert_uint_eq(out.kind, REPLY_NXDOMAIN);
    ck_assert_uint_eq(out.rcode, RCODE_NXDOMAIN);
    ck_assert_uint_eq(out.type, all_types[_i]);
    ck_assert_int_eq(find("a.no.example.", all_types[_i], &out), ST_NOTFOUND);
}
END_TEST

START_TEST(nodata_answers_for_its_type_alone)
{
    struct link in = negative("www.example.", TYPE_A, REPLY_NODATA, bench.arena), out;
    keep(&in, DATA_CHECKED);
    ck_assert_int_eq(find("www.example.", TYPE_A, &out), ST_OK);
    ck_assert_uint_eq(out.kind, REPLY_NODATA);
    ck_assert_uint_eq(out.authority[0]->type, TYPE_SOA);
    ck_assert_int_eq(find("www.example.", TYPE_MX, &out), ST_NOTFOUND);
}
END_TEST

START_TEST(what_is_there_comes_before_nxdomain)
{
    struct link no = negative("www.example.", TYPE_MX, REPLY_NXDOMAIN, bench.arena), out;
    struct link a =
        positive("www.example.", "www.example. 300 A 192.0.2.1\n", SEC_INSECURE, bench.arena);
    keep(&a, DATA_CHECKED);
    keep(&no, DATA_CHECKED);
    ck_assert_int_eq(find("www.example.", TYPE_A, &out), ST_OK);
    ck_assert_uint_eq(out.kind, REPLY_POSITIVE);
    ck_assert_int_eq(find("www.example.", TYPE_MX, &out), ST_OK);
    ck_assert_uint_eq(out.kind, REPLY_NXDOMAIN);
}
END_TEST

/* ---- CD (SPEC V11) ---- */

START_TEST(unchecked_data_never_answers_a_checked_question)
{
    struct link in =
        positive("www.example.", "www.example. 300 A 192.0.2.1\n", SEC_UNCHECKED, bench.arena);
    struct link out;
    keep(&in, DATA_UNCHECKED);
    ck_assert_int_eq(find("www.example.", TYPE_A, &out), ST_NOTFOUND);
    ck_assert_int_eq(find_in("www.example.", TYPE_A, DATA_UNCHECKED, &out), ST_OK);
}
END_TEST

START_TEST(unchecked_data_never_becomes_secure)
{
    struct link in =
        positive("www.example.", "www.example. 300 A 192.0.2.1\n", SEC_SECURE, bench.arena);
    struct link out;
    keep(&in, DATA_UNCHECKED);
    ck_assert_int_eq(find_in("www.example.", TYPE_A, DATA_UNCHECKED, &out), ST_OK);
    ck_assert_uint_eq(out.security, SEC_UNCHECKED);
    ck_assert_uint_eq(out.answer[0]->security, SEC_UNCHECKED);
    ck_assert_ptr_null(known("www.example.", TYPE_A, 0));
}
END_TEST

START_TEST(unchecked_data_leaves_the_checked_octets_alone)
{
    struct link good =
        positive("www.example.", "www.example. 300 A 192.0.2.1\n", SEC_SECURE, bench.arena);
    struct link poison = negative("www.example.", TYPE_A, REPLY_NXDOMAIN, bench.arena), out;
    poison.security = SEC_UNCHECKED;
    keep(&good, DATA_CHECKED);
    keep(&poison, DATA_UNCHECKED);
    poison.kind = REPLY_NODATA;
    keep(&poison, DATA_UNCHECKED);
    for (enum data_class class = DATA_CHECKED; class <= DATA_UNCHECKED; class ++) {
        ck_assert_int_eq(find_in("www.example.", TYPE_A, class, &out), ST_OK);
        ck_assert_mem_eq(out.answer[0], good.answer[0], good.answer[0]->size);
    }
}
END_TEST

START_TEST(a_bogus_link_is_kept_for_cd_and_a_minute_at_most)
{
    struct link in =
        positive("www.example.", "www.example. 300 A 192.0.2.1\n", SEC_BOGUS, bench.arena);
    struct link out;
    keep(&in, DATA_UNCHECKED);
    ck_assert_int_eq(find_in("www.example.", TYPE_A, DATA_UNCHECKED, &out), ST_OK);
    ck_assert_uint_eq(out.security, SEC_BOGUS);
    ck_assert_uint_eq(out.ttl_s, 60);
}
END_TEST

/* ---- what is known (RULINGS B9) ---- */

static struct link denial_link(enum security security)
{
    struct link link = link_of("no.example.", TYPE_A, REPLY_NXDOMAIN, SEC_SECURE);
    struct rrset *sets[2] = {
        set_of("example. 900 SOA ns.example. root.example. 1 2 3 4 300\n", bench.arena),
        set_of("Mail.example. 900 NSEC z.example. A\n", bench.arena),
    };
    sets[0]->security = SEC_SECURE;
    sets[1]->security = (uint8_t)security;
    link.authority = arena_copy(bench.arena, sets, sizeof sets);
    link.authority_count = 2;
    return link;
}

START_TEST(secure_sets_of_the_authority_are_known)
{
    struct link link = denial_link(SEC_SECURE);
    rrset_cache_put_proofs(cache, &link, at_s(0));
    const struct rrset *nsec = known("mail.EXAMPLE.", TYPE_NSEC, 100);
    ck_assert_ptr_nonnull(nsec);
    ck_assert(rrset_same_octets(nsec, link.authority[1]));
    ck_assert_uint_eq(nsec->ttl, 800);
    ck_assert_uint_eq(nsec->security, SEC_SECURE);
    ck_assert_ptr_nonnull(known("example.", TYPE_SOA, 899));
    ck_assert_ptr_null(known("example.", TYPE_SOA, 900));
    ck_assert_ptr_null(known("mail.example.", TYPE_A, 0));
}
END_TEST

START_TEST(what_is_not_secure_is_not_known)
{
    struct link link = denial_link(SEC_INSECURE);
    struct link a =
        positive("www.example.", "www.example. 300 A 192.0.2.1\n", SEC_INSECURE, bench.arena);
    rrset_cache_put_proofs(cache, &link, at_s(0));
    keep(&a, DATA_CHECKED);
    ck_assert_ptr_null(known("mail.example.", TYPE_NSEC, 0));
    ck_assert_ptr_null(known("www.example.", TYPE_A, 0));
}
END_TEST

START_TEST(a_proof_never_answers_a_question)
{
    struct link link = denial_link(SEC_SECURE), out;
    rrset_cache_put_proofs(cache, &link, at_s(0));
    ck_assert_int_eq(find("mail.example.", TYPE_NSEC, &out), ST_NOTFOUND);
    ck_assert_int_eq(find("example.", TYPE_SOA, &out), ST_NOTFOUND);
}
END_TEST

START_TEST(a_secure_answer_is_known)
{
    struct link a =
        positive("www.example.", "www.example. 300 A 192.0.2.1\n", SEC_SECURE, bench.arena);
    keep(&a, DATA_CHECKED);
    const struct rrset *set = known("www.example.", TYPE_A, 0);
    ck_assert_ptr_nonnull(set);
    ck_assert(rrset_same_octets(set, a.answer[0]));
}
END_TEST

/* RFC 4035 §5.3.4: it is proven only together with the denial beside it. */
START_TEST(a_wildcards_set_is_not_known)
{
    struct link a =
        positive("www.example.", "www.example. 300 A 192.0.2.1\n", SEC_SECURE, bench.arena);
    a.wildcard = true;
    keep(&a, DATA_CHECKED);
    ck_assert_ptr_null(known("www.example.", TYPE_A, 0));
}
END_TEST

Suite *cache_rrset_cache_find_suite(void)
{
    Suite *suite = suite_create("cache/rrset_cache_find");
    TCase *found = tcase_create("found");
    tcase_add_checked_fixture(found, set_up, tear_down);
    tcase_add_loop_test(found, an_alias_answers_for_other_types, 0, ROWS(alias_types));
    tcase_add_test(found, a_question_for_the_cname_itself_is_answered_by_it);
    tcase_add_test(found, a_cname_that_was_asked_for_is_an_alias_too);
    tcase_add_test(found, an_alias_that_answered_a_ds_question_is_kept_for_ds);
    tcase_add_test(found, no_cname_is_no_alias);
    tcase_add_test(found, a_dname_answers_for_the_name_asked);
    tcase_add_test(found, the_rrset_comes_before_the_alias);
    tcase_add_loop_test(found, nxdomain_answers_for_all_types, 0, ROWS(all_types));
    tcase_add_test(found, nodata_answers_for_its_type_alone);
    tcase_add_test(found, what_is_there_comes_before_nxdomain);
    suite_add_tcase(suite, found);

    TCase *unchecked = tcase_create("unchecked");
    tcase_add_checked_fixture(unchecked, set_up, tear_down);
    tcase_add_test(unchecked, unchecked_data_never_answers_a_checked_question);
    tcase_add_test(unchecked, unchecked_data_never_becomes_secure);
    tcase_add_test(unchecked, unchecked_data_leaves_the_checked_octets_alone);
    tcase_add_test(unchecked, a_bogus_link_is_kept_for_cd_and_a_minute_at_most);
    suite_add_tcase(suite, unchecked);

    TCase *proofs = tcase_create("known");
    tcase_add_checked_fixture(proofs, set_up, tear_down);
    tcase_add_test(proofs, secure_sets_of_the_authority_are_known);
    tcase_add_test(proofs, what_is_not_secure_is_not_known);
    tcase_add_test(proofs, a_proof_never_answers_a_question);
    tcase_add_test(proofs, a_secure_answer_is_known);
    tcase_add_test(proofs, a_wildcards_set_is_not_known);
    suite_add_tcase(suite, proofs);
    return suite;
}
