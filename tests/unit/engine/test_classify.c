/* RULINGS A10, SPEC I25: one row a kind of reply (RFC 1034 §5.3.3, RFC 2308 §2, RFC 6672 §3). */
#include "tests/unit/engine/reply_test.h"

#define SOA  "zone.test. 300 IN SOA ns. host. 1 2 3 4 5"
#define NSEC "a.zone.test. 300 IN NSEC z.zone.test. A"
#define NSEC3                                                                                      \
    "2t7b4g4vsa5smi47k61mv5bv1a22bojr.zone.test. 300 IN NSEC3 1 1 0 - "                            \
    "2t7b4g4vsa5smi47k61mv5bv1a22bojs A"
#define BELOW "sub.zone.test. 300 IN NS ns.example."
#define OWN   "zone.test. 300 IN NS ns.example."
#define ABOVE "test. 300 IN NS ns.example."
#define ASIDE "other.zone.test. 300 IN NS ns.example."
#define DATA  "www.sub.zone.test. 300 IN A 192.0.2.1"
#define ALIAS "www.sub.zone.test. 300 IN CNAME x.example."
#define DNAME "sub.zone.test. 300 IN DNAME x.example."

static const struct row {
    uint16_t flags;
    const char *answer, *authority[2];
    enum reply_class class;
} rows[] = {
    /* what was asked for */
    { FLAG_AA, DATA, { NULL }, IS_ANSWER },
    { 0, DATA, { NULL }, IS_ANSWER },
    { FLAG_AA, DATA, { SOA }, IS_ANSWER },
    { FLAG_AA, DATA, { OWN }, IS_ANSWER },
    { FLAG_AA, ALIAS, { NULL }, IS_ALIAS },
    { FLAG_AA, ALIAS, { SOA, BELOW }, IS_ALIAS },
    { FLAG_AA | RCODE_NXDOMAIN, ALIAS, { SOA }, IS_ALIAS },
    { FLAG_AA, DNAME, { NULL }, IS_DNAME },
    { FLAG_AA | RCODE_NXDOMAIN, DNAME, { SOA }, IS_DNAME },
    /* absence */
    { FLAG_AA, NULL, { SOA }, IS_NODATA },
    { 0, NULL, { SOA }, IS_NODATA },
    { FLAG_AA, NULL, { NSEC }, IS_NODATA },
    { FLAG_AA, NULL, { NSEC3 }, IS_NODATA },
    { FLAG_AA, NULL, { SOA, OWN }, IS_NODATA },
    { FLAG_AA, NULL, { SOA, BELOW }, IS_NODATA },
    { FLAG_AA | RCODE_NXDOMAIN, NULL, { SOA }, IS_NXDOMAIN },
    { RCODE_NXDOMAIN, NULL, { SOA }, IS_NXDOMAIN },
    { FLAG_AA | RCODE_NXDOMAIN, DATA, { SOA }, IS_NXDOMAIN }, /* denied and given: denied */
    /* referrals, whatever AA says */
    { 0, NULL, { BELOW }, IS_REFERRAL },
    { FLAG_AA, NULL, { BELOW }, IS_REFERRAL },
    { 0, NULL, { BELOW, NSEC }, IS_REFERRAL },
    { 0, NULL, { BELOW, OWN }, IS_REFERRAL },
    /* nothing to show for it */
    { FLAG_AA, NULL, { NULL }, IS_EMPTY },
    { 0, NULL, { NULL }, IS_EMPTY },
    { FLAG_AA | RCODE_NXDOMAIN, NULL, { NULL }, IS_EMPTY },
    { FLAG_AA | RCODE_NXDOMAIN, NULL, { BELOW }, IS_EMPTY },
    { FLAG_AA | RCODE_NXDOMAIN, NULL, { NSEC }, IS_EMPTY }, /* RULINGS A10: no SOA */
    { FLAG_AA | RCODE_NXDOMAIN, DATA, { NULL }, IS_EMPTY },
    { 0, NULL, { ASIDE }, IS_EMPTY },
    /* lame */
    { 0, NULL, { OWN }, IS_LAME },
    { FLAG_AA, NULL, { OWN }, IS_LAME },
    { 0, NULL, { ABOVE }, IS_LAME },
    { FLAG_RA, NULL, { ABOVE }, IS_LAME },
    { 0, NULL, { OWN, NSEC }, IS_LAME },
    /* a resolver that answers in a server's place: AA=0, RA=1 */
    { FLAG_RA, DATA, { NULL }, IS_RECURSION_LAME },
    { FLAG_RA, ALIAS, { NULL }, IS_RECURSION_LAME },
    { FLAG_RA, DNAME, { NULL }, IS_RECURSION_LAME },
    { FLAG_RA, NULL, { SOA }, IS_RECURSION_LAME },
    { FLAG_RA | RCODE_NXDOMAIN, NULL, { SOA }, IS_RECURSION_LAME },
    { FLAG_RA, NULL, { BELOW }, IS_RECURSION_LAME },
    { FLAG_RA, NULL, { NULL }, IS_RECURSION_LAME },
    { FLAG_AA | FLAG_RA, DATA, { NULL }, IS_ANSWER },
    { FLAG_AA | FLAG_RA, NULL, { BELOW }, IS_REFERRAL },
    /* refusals and failures, whatever they hold */
    { RCODE_FORMERR, DATA, { SOA }, IS_ERROR },
    { RCODE_SERVFAIL, DATA, { SOA }, IS_ERROR },
    { RCODE_NOTIMP, NULL, { BELOW }, IS_ERROR },
    { FLAG_AA | RCODE_REFUSED, DATA, { SOA }, IS_ERROR },
    { FLAG_RA | RCODE_REFUSED, NULL, { NULL }, IS_ERROR },
    { FLAG_AA | RCODE_YXDOMAIN, NULL, { SOA }, IS_ERROR },
    { FLAG_AA | RCODE_YXDOMAIN, DNAME, { SOA }, IS_ERROR }, /* the name would fit */
    { FLAG_AA | 9, NULL, { SOA }, IS_ERROR },
};

START_TEST(each_kind_of_reply_is_known)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        begin_reply(rows[i].flags);
        asked_for("www.sub.zone.test.", TYPE_A, "zone.test.");
        if (rows[i].answer != NULL)
            say(SECTION_ANSWER, rows[i].answer);
        for (size_t at = 0; at < COUNT(rows[i].authority) && rows[i].authority[at]; at++)
            say(SECTION_AUTHORITY, rows[i].authority[at]);
        (void)kept();
        ck_assert_msg(classify(&reply, &asked) == rows[i].class, "row %zu is %s, kept: %s", i,
                      classify_text(classify(&reply, &asked)), kept_text);
    }
}
END_TEST

START_TEST(a_forwarder_may_answer_as_the_resolver_it_is) /* SPEC U1 */
{
    static const struct row by_forwarder[] = {
        { FLAG_RA, DATA, { NULL }, IS_ANSWER },
        { FLAG_RA, ALIAS, { NULL }, IS_ALIAS },
        { FLAG_RA, NULL, { SOA }, IS_NODATA },
        { FLAG_RA | RCODE_NXDOMAIN, NULL, { SOA }, IS_NXDOMAIN },
        { FLAG_RA, NULL, { BELOW }, IS_REFERRAL },
    };

    for (size_t i = 0; i < COUNT(by_forwarder); i++) {
        begin_reply(by_forwarder[i].flags);
        asked_for("www.sub.zone.test.", TYPE_A, "zone.test.");
        asked.of_forwarder = true;
        if (by_forwarder[i].answer != NULL)
            say(SECTION_ANSWER, by_forwarder[i].answer);
        if (by_forwarder[i].authority[0] != NULL)
            say(SECTION_AUTHORITY, by_forwarder[i].authority[0]);
        (void)kept();
        assert_class(by_forwarder[i].class);
    }
}
END_TEST

START_TEST(extended_rcodes_are_errors) /* RFC 6891 §6.1.3: the OPT holds the upper bits */
{
    begin_reply(FLAG_AA);
    asked_for("www.sub.zone.test.", TYPE_A, "zone.test.");
    say(SECTION_ANSWER, DATA);
    add_opt(".", SECTION_ADDITIONAL); /* BADVERS: 16 */
    ck_assert_str_eq(kept(), "");
    ck_assert_uint_eq(reply.rcode, RCODE_BADVERS);
    assert_class(IS_ERROR);
}
END_TEST

START_TEST(every_kind_has_a_text_of_its_own)
{
    for (int a = IS_ANSWER; a <= IS_ERROR; a++)
        for (int b = IS_ANSWER; b < a; b++)
            ck_assert_str_ne(classify_text((enum reply_class)a),
                             classify_text((enum reply_class)b));
    ck_assert_str_eq(classify_text((enum reply_class)77), classify_text(IS_ERROR));
}
END_TEST

Suite *engine_classify_suite(void)
{
    Suite *suite = suite_create("engine/classify");
    TCase *tcase = tcase_create("classify");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_kind_of_reply_is_known);
    tcase_add_test(tcase, a_forwarder_may_answer_as_the_resolver_it_is);
    tcase_add_test(tcase, extended_rcodes_are_errors);
    tcase_add_test(tcase, every_kind_has_a_text_of_its_own);
    suite_add_tcase(suite, tcase);
    return suite;
}
