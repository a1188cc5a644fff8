#include "lib/wire/message.h"

#include "lib/base/limits.h"
#include "tests/unit/wire/message_test.h"

/* ---- records into sets ---- */

START_TEST(message_sets_groups_by_owner_and_type_whatever_the_case) /* RFC 2181 §5 */
{
    add_question("a.", TYPE_A);
    add_answer("Www.a.", TYPE_A, SPAN("\1\2\3\5"));
    add_answer("www.b.", TYPE_A, SPAN("\1\2\3\4"));
    add_answer("wWw.A.", TYPE_AAAA, SPAN("1234567890123456"));
    add_answer("www.a.", TYPE_A, SPAN("\1\2\3\4"));
    struct rrset_list sets = answer_sets();
    ck_assert_uint_eq(sets.count, 3);
    assert_set(sets.at[0], "Www.a.", TYPE_A, 2);
    assert_bytes(rrset_rdata(sets.at[0], 0), SPAN("\1\2\3\4"));
    assert_set(sets.at[1], "www.b.", TYPE_A, 1);
    assert_set(sets.at[2], "Www.a.", TYPE_AAAA, 1);
}
END_TEST

START_TEST(message_sets_adds_each_rrsig_to_the_set_it_covers) /* RFC 4035 §5.3.1 */
{
    static const struct bytes a = RRSIG("\1", "x"), ns = RRSIG("\2", "x");
    add_answer("a.", TYPE_RRSIG, ns);
    add_answer("a.", TYPE_A, SPAN("\1\2\3\4"));
    add_answer("a.", TYPE_RRSIG, a);
    add_answer("a.", TYPE_NS, SPAN("\1b\0"));
    struct rrset_list sets = answer_sets();
    ck_assert_uint_eq(sets.count, 2);
    for (unsigned i = 0; i < 2; i++) {
        struct rrset_walk walk = rrset_signatures(sets.at[i]);
        struct bytes found;
        ck_assert_uint_eq(sets.at[i]->rr_count, 1);
        ck_assert_uint_eq(sets.at[i]->sig_count, 1);
        ck_assert(rrset_next(&walk, &found));
        assert_bytes(found, sets.at[i]->type == TYPE_A ? a : ns);
    }
}
END_TEST

START_TEST(message_sets_makes_a_set_of_the_rrsigs_that_cover_nothing)
{
    add_answer("a.", TYPE_RRSIG, (struct bytes)RRSIG("\1", "x"));
    add_answer("a.", TYPE_RRSIG, (struct bytes)RRSIG("\2", "x"));
    add_answer("a.", TYPE_RRSIG, (struct bytes)RRSIG("\2", "y"));
    add_answer("a.", TYPE_RRSIG, (struct bytes)RRSIG("\x2E", "x")); /* RFC 4035 §2.2: none such */
    add_answer("b.", TYPE_RRSIG, (struct bytes)RRSIG("\1", "x"));
    struct rrset_list sets = answer_sets();
    ck_assert_uint_eq(sets.count, 2);
    for (unsigned i = 0; i < 2; i++) {
        struct name owner = rrset_owner(sets.at[i]);
        bool is_a = owner.octets[1] == 'a';
        assert_set(sets.at[i], is_a ? "a." : "b.", TYPE_RRSIG, is_a ? 4 : 1);
        ck_assert_uint_eq(sets.at[i]->sig_count, 0);
    }
}
END_TEST

START_TEST(message_sets_leaves_out_meta_types_and_other_classes)
{
    static const uint16_t left_out[][2] = {
        { TYPE_A, CLASS_CH },     { TYPE_A, CLASS_NONE },  { TYPE_A, CLASS_ANY },
        { TYPE_TSIG, CLASS_ANY }, { TYPE_TSIG, CLASS_IN }, { TYPE_TKEY, CLASS_IN },
        { TYPE_ANY, CLASS_IN },   { 0, CLASS_IN },
    };
    for (size_t i = 0; i < COUNT(left_out); i++)
        add(SECTION_ANSWER, (struct sample){ "a.", left_out[i][0], left_out[i][1], 1, SPAN("") });
    add_answer("a.", TYPE_A, SPAN("\1\2\3\4"));
    struct rrset_list sets = answer_sets();
    ck_assert_uint_eq(sets.count, 1);
    assert_set(sets.at[0], "a.", TYPE_A, 1);
    ck_assert_uint_eq(sets.at[0]->ttl, 300);
}
END_TEST

START_TEST(message_sets_takes_the_least_ttl_as_unsigned) /* RFC 2181 §5.2, RFC 8767 §4 */
{
    static const struct bytes rdata = BYTES("\1\2\3\4"), sig = RRSIG("\1", "x");
    static const uint32_t rows[][4] = {
        { 300, 200, 400, 200 },
        { 300, 400, 100, 100 }, /* the RRSIG's counts too */
        { 0x80000000, 0xFFFFFFFF, 0x80000001, 0x80000000 },
        { 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF },
        { 0, 1, 1, 0 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        tear_down();
        set_up();
        add(SECTION_ANSWER, (struct sample){ "a.", TYPE_A, CLASS_IN, rows[i][0], rdata });
        add(SECTION_ANSWER,
            (struct sample){ "a.", TYPE_A, CLASS_IN, rows[i][1], SPAN("\1\1\1\1") });
        add(SECTION_ANSWER, (struct sample){ "a.", TYPE_RRSIG, CLASS_IN, rows[i][2], sig });
        struct rrset_list sets = answer_sets();
        ck_assert_uint_eq(sets.count, 1);
        ck_assert_uint_eq(sets.at[0]->ttl, rows[i][3]);
    }
}
END_TEST

START_TEST(message_sets_expands_names_in_rdata) /* RFC 3597 §4 */
{
    add_question("example.", TYPE_MX);
    add_answer("example.", TYPE_MX, SPAN("\0\12\4mail\xC0\x0C"));
    add_answer("example.", TYPE_MX, SPAN("\0\5\xC0\x0C"));
    struct rrset_list sets = answer_sets();
    ck_assert_uint_eq(sets.count, 1);
    assert_bytes(rrset_rdata(sets.at[0], 0), SPAN("\0\5\7example\0"));
    assert_bytes(rrset_rdata(sets.at[0], 1), SPAN("\0\12\4mail\7example\0"));
}
END_TEST

START_TEST(message_sets_refuses_rdata_that_breaks_its_layout) /* LIMITS G3 */
{
    static const struct {
        uint16_t type;
        struct bytes rdata;
    } rows[] = {
        { TYPE_A, BYTES("\1\2\3") },
        { TYPE_A, BYTES("\1\2\3\4\5") },
        { TYPE_A, BYTES("") },
        { TYPE_NS, BYTES("\1a\0\0") },
        { TYPE_NS, BYTES("\1a") },
        { TYPE_NS, BYTES("\xFF\xFF") },
        { TYPE_RRSIG, BYTES("\0\1\15") },
        { TYPE_MX, BYTES("\0\1") },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rrset_list sets = { .count = 77 };
        tear_down();
        set_up();
        add_answer("a.", rows[i].type, rows[i].rdata);
        add_answer("b.", TYPE_A, SPAN("\0\0\0\0"));
        struct message message = parsed();
        enum status status = message_sets(&message, SECTION_ANSWER, &key, memory.arena, &sets);
        ck_assert_msg(status == ST_MALFORMED, "row %zu", i);
        ck_assert_uint_eq(sets.count, 77);
    }
}
END_TEST

START_TEST(message_sets_looks_at_one_section_only)
{
    add_answer("a.", TYPE_A, SPAN("\1\2\3\4"));
    add(SECTION_AUTHORITY, (struct sample){ "a.", TYPE_A, CLASS_IN, 1, SPAN("\1\2\3\5") });
    add(SECTION_ADDITIONAL, (struct sample){ "a.", TYPE_A, CLASS_IN, 1, SPAN("short") });
    struct message message = parsed();
    struct rrset_list answer = sets_of(&message, SECTION_ANSWER);
    struct rrset_list authority = sets_of(&message, SECTION_AUTHORITY);
    ck_assert_uint_eq(answer.count, 1);
    assert_bytes(rrset_rdata(answer.at[0], 0), SPAN("\1\2\3\4"));
    ck_assert_uint_eq(authority.count, 1);
    assert_bytes(rrset_rdata(authority.at[0], 0), SPAN("\1\2\3\5"));
}
END_TEST

START_TEST(message_sets_tells_a_thousand_types_of_one_owner_apart) /* LIMITS G2 */
{
    for (unsigned i = 0; i < RECORDS_PER_MESSAGE_MAX; i++)
        add_answer("a.", (uint16_t)(1000 + 32 * i), SPAN("x"));
    struct rrset_list sets = answer_sets();
    ck_assert_uint_eq(sets.count, RECORDS_PER_MESSAGE_MAX);
    for (unsigned i = 0; i < sets.count; i++)
        assert_set(sets.at[i], "a.", (uint16_t)(1000 + 32 * i), 1);
    ck_assert_uint_le(sets.probes, 2 * RECORDS_PER_MESSAGE_MAX);
}
END_TEST

START_TEST(message_sets_tells_a_thousand_owners_apart) /* LIMITS G2, CVE-2023-4408 */
{
    for (unsigned i = 0; i < RECORDS_PER_MESSAGE_MAX; i++) {
        char owner[] = "aa.example.";
        owner[0] = (char)('a' + i % 26);
        owner[1] = (char)('0' + i / 26);
        add_answer(owner, TYPE_A, SPAN("\1\2\3\4"));
    }
    struct rrset_list sets = answer_sets();
    ck_assert_uint_eq(sets.count, RECORDS_PER_MESSAGE_MAX);
    ck_assert_uint_le(sets.probes, 2 * RECORDS_PER_MESSAGE_MAX);
}
END_TEST

START_TEST(message_sets_finds_a_group_again_in_one_or_two_steps) /* LIMITS G2 */
{
    for (unsigned i = 0; i < RECORDS_PER_MESSAGE_MAX; i++)
        add_answer(i % 2 ? "a." : "b.", TYPE_A, SPAN("\1\2\3\4"));
    struct rrset_list sets = answer_sets();
    ck_assert_uint_eq(sets.count, 2);
    ck_assert_uint_le(sets.probes, 2 * RECORDS_PER_MESSAGE_MAX);
}
END_TEST

/* The writer would have made these owners one by its pointers: they are to be told by octets. */
START_TEST(message_sets_groups_owners_of_other_offsets_and_other_case) /* RFC 4343 §3 */
{
    struct name one = name_of("Www.a."), two = name_of("wWW.A.");
    for (unsigned i = 0; i < 2; i++) {
        writer_plain_name(&w, i == 0 ? &one : &two);
        writer_octets(&w, SPAN("\0\1\0\1\0\0\0\1\0\4\1\2\3"));
        writer_u8(&w, (uint8_t)i);
        header.counts[1]++;
    }
    struct rrset_list sets = answer_sets();
    ck_assert_uint_eq(sets.count, 1);
    assert_set(sets.at[0], "Www.a.", TYPE_A, 2);
}
END_TEST

Suite *wire_message_sets_suite(void)
{
    Suite *suite = suite_create("wire/message sets");
    TCase *tcase = tcase_create("records into sets");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, message_sets_groups_by_owner_and_type_whatever_the_case);
    tcase_add_test(tcase, message_sets_adds_each_rrsig_to_the_set_it_covers);
    tcase_add_test(tcase, message_sets_makes_a_set_of_the_rrsigs_that_cover_nothing);
    tcase_add_test(tcase, message_sets_leaves_out_meta_types_and_other_classes);
    tcase_add_test(tcase, message_sets_takes_the_least_ttl_as_unsigned);
    tcase_add_test(tcase, message_sets_expands_names_in_rdata);
    tcase_add_test(tcase, message_sets_refuses_rdata_that_breaks_its_layout);
    tcase_add_test(tcase, message_sets_looks_at_one_section_only);
    tcase_add_test(tcase, message_sets_tells_a_thousand_types_of_one_owner_apart);
    tcase_add_test(tcase, message_sets_tells_a_thousand_owners_apart);
    tcase_add_test(tcase, message_sets_finds_a_group_again_in_one_or_two_steps);
    tcase_add_test(tcase, message_sets_groups_owners_of_other_offsets_and_other_case);
    suite_add_tcase(suite, tcase);
    return suite;
}
