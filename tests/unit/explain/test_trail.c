#include "lib/explain/trail.h"

#include "tests/unit/explain/trail_test.h"

static const struct trail_step *step_at(unsigned index)
{
    LIST_EACH(at, &trail->steps) {
        if (index-- == 0)
            return LIST_OF(at, struct trail_step, of_trail);
    }
    ck_abort_msg("no such step");
}

static void write_server(const char *said)
{
    struct trail_step step = step_of(TRAIL_REPLIED);
    step.server = endpoint_of("192.0.2.1");
    step.said = said;
    trail_step(trail, &step);
}

START_TEST(a_step_where_nobody_asked_is_written_nowhere)
{
    struct trail_step step = step_of(TRAIL_CUT);
    struct cause cause = cause_of(WHY_SECURE);
    trail_step(NULL, &step);
    trail_outcome(NULL, SEC_SECURE, &cause);
    trail_destroy(NULL);
}
END_TEST

START_TEST(what_is_given_is_copied)
{
    char said[] = "answer";
    struct name owner = name("www.example.");
    struct trail_step step = step_of(TRAIL_ALIAS);
    step.owner = step.zone = &owner;
    step.said = said;
    trail_step(trail, &step);
    owner = name("gone.");
    memset(said, 'x', sizeof said - 1);
    struct name was = name("www.example.");
    ck_assert(name_equal(step_at(0)->owner, &was));
    ck_assert_str_eq(step_at(0)->said, "answer");
}
END_TEST

START_TEST(a_step_tells_how_long_after_the_question_it_happened)
{
    write_server("one");
    about(37, "example.", TYPE_DNSKEY);
    write_server("two");
    ck_assert_uint_eq(step_at(0)->ms, 0);
    ck_assert_uint_eq(step_at(1)->ms, 37);
}
END_TEST

START_TEST(a_name_is_kept_once)
{
    signature(TRAIL_PROVED, "www.example.", "example.", WHY_NONE);
    size_t used = arena_used(trail->arena);
    signature(TRAIL_PROVED, "www.example.", "example.", WHY_NONE);
    ck_assert_uint_le(arena_used(trail->arena) - used, sizeof(struct trail_step) + 16);
    ck_assert_ptr_eq(step_at(0)->owner, step_at(1)->owner);
}
END_TEST

START_TEST(zones_stand_from_the_root_down_and_sets_behind_them)
{
    static const struct {
        const char *name;
        uint16_t type;
    } written[] = { { "www.a.b.", TYPE_A }, { "a.b.", TYPE_DNSKEY }, { ".", TYPE_DNSKEY },
                    { "z.", TYPE_DNSKEY },  { "www.z.", TYPE_A },    { "b.", TYPE_DNSKEY },
                    { "a.b.", TYPE_DNSKEY } };
    static const char *const order[] = { ".", "b.", "a.b.", "z.", "www.a.b.", "www.z." };
    unsigned index = 0;
    char text[NAME_TEXT];

    for (unsigned i = 0; i < sizeof written / sizeof *written; i++) {
        about(i, written[i].name, written[i].type);
        judge(SEC_SECURE, WHY_SECURE, NULL);
    }
    LIST_EACH(at, &trail->subjects) {
        struct trail_subject *subject = LIST_OF(at, struct trail_subject, of_trail);
        ck_assert_str_eq(name_text(&subject->name, text, sizeof text), order[index++]);
    }
    ck_assert_uint_eq(index, sizeof order / sizeof *order);
}
END_TEST

START_TEST(the_last_word_on_a_subject_counts_and_is_not_said_twice)
{
    judge(SEC_BOGUS, WHY_RRSIG_MISSING, "www.example. A");
    judge(SEC_BOGUS, WHY_RRSIG_MISSING, "www.example. A");
    ck_assert_uint_eq(trail->count, 1);
    judge(SEC_SECURE, WHY_SECURE, NULL);
    ck_assert_uint_eq(trail->count, 2);
    ck_assert_uint_eq(step_at(0)->subject->judged->security, SEC_SECURE);
}
END_TEST

START_TEST(at_exactly_the_limit_of_steps_all_are_kept_and_one_above_is_counted)
{
    trail_destroy(trail);
    limits.trail_steps = 16;
    begin_trail();
    for (unsigned i = 0; i < 16; i++)
        write_server("answer");
    ck_assert_uint_eq(trail->count, 16);
    ck_assert_uint_eq(trail->lost, 0);
    write_server("answer");
    ck_assert_uint_eq(trail->count, 16);
    ck_assert_uint_eq(trail->lost, 1);
}
END_TEST

START_TEST(a_full_arena_loses_steps_and_never_the_outcome)
{
    struct cause cause = cause_of(WHY_SIGNATURE_WRONG);
    char said[1000];

    memset(said, 'x', sizeof said - 1);
    said[sizeof said - 1] = '\0';
    trail_destroy(trail);
    limits.trail_octets = 16384;
    begin_trail();
    for (unsigned i = 0; i < 100; i++)
        write_server(said);
    ck_assert_uint_gt(trail->lost, 0);
    ck_assert_uint_eq(trail->lost + trail->count, 100);
    ck_assert_uint_le(arena_used(trail->arena), 16384);
    trail_outcome(trail, SEC_BOGUS, &cause);
    ck_assert_uint_eq(trail->security, SEC_BOGUS);
    ck_assert_uint_eq(trail->cause.why, WHY_SIGNATURE_WRONG);
}
END_TEST

START_TEST(an_empty_pool_gives_no_trail)
{
    struct name question = name(".");
    struct pool *small = pool_create(POOL_CHUNK);
    struct arena *all = arena_create(small, POOL_CHUNK);
    ck_assert_ptr_null(trail_create(small, &limits, &question, TYPE_A));
    arena_destroy(all);
    pool_destroy(small);
}
END_TEST

Suite *explain_trail_suite(void)
{
    Suite *suite = suite_create("explain/trail");
    TCase *tcase = tcase_create("trail");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_step_where_nobody_asked_is_written_nowhere);
    tcase_add_test(tcase, what_is_given_is_copied);
    tcase_add_test(tcase, a_step_tells_how_long_after_the_question_it_happened);
    tcase_add_test(tcase, a_name_is_kept_once);
    tcase_add_test(tcase, zones_stand_from_the_root_down_and_sets_behind_them);
    tcase_add_test(tcase, the_last_word_on_a_subject_counts_and_is_not_said_twice);
    tcase_add_test(tcase, at_exactly_the_limit_of_steps_all_are_kept_and_one_above_is_counted);
    tcase_add_test(tcase, a_full_arena_loses_steps_and_never_the_outcome);
    tcase_add_test(tcase, an_empty_pool_gives_no_trail);
    suite_add_tcase(suite, tcase);
    return suite;
}
