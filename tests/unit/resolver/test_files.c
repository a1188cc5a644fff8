#include "resolver/files.h"

#include "tests/unit/suites.h"

static struct limits limits;

static void set_up(void)
{
    limits_defaults(&limits);
}

/* LIMITS G6: refused is only what is under 256 and 64 for each worker. */
START_TEST(the_least_is_what_the_sheet_says)
{
    ck_assert_uint_eq(files_least(1), 320);
    ck_assert_uint_eq(files_least(8), 768);
}
END_TEST

START_TEST(where_there_are_enough_nothing_is_lowered)
{
    struct files_users users = { .workers = 2, .doors = 8 };
    uint64_t all = 64 + 2 * 8 + FILES_RESERVE + 8 + 1024 + 2 * 4096;
    ck_assert(!files_share(all, &users, &limits));
    ck_assert_uint_eq(limits.tcp_clients, 1024);
    ck_assert_uint_eq(limits.upstream_sockets, 4096);
    ck_assert(files_share(all - 1, &users, &limits));
}
END_TEST

static const struct {
    uint64_t allowed;
    unsigned workers, doors;
} cases[] = { { 320, 1, 4 },     { 384, 2, 8 },     { 768, 8, 64 },    { 1024, 1, 2 },
              { 1024, 8, 128 },  { 4096, 4, 256 },  { 20000, 8, 256 }, { 20000, 16, 64 },
              { 4352, 64, 256 }, { 65536, 64, 256 } };

/* RULINGS B34: what is given out, what is kept back and what is open anyway, 7 of it of each worker
 * (tests/lab/program counts), is never too much. */
START_TEST(what_is_shared_out_fits)
{
    struct files_users users = { cases[_i].workers, cases[_i].doors };
    (void)files_share(cases[_i].allowed, &users, &limits);
    uint64_t sum = 64 + 7 * users.workers + FILES_RESERVE + users.doors + limits.tcp_clients +
                   (uint64_t)users.workers * limits.upstream_sockets;
    ck_assert_uint_le(sum, cases[_i].allowed);
    ck_assert_uint_ge(limits.tcp_clients, 16);
    ck_assert_uint_ge(limits.upstream_sockets, 32);
}
END_TEST

Suite *resolver_files_suite(void)
{
    Suite *suite = suite_create("resolver/files");
    TCase *tcase = tcase_create("files");
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, the_least_is_what_the_sheet_says);
    tcase_add_test(tcase, where_there_are_enough_nothing_is_lowered);
    tcase_add_loop_test(tcase, what_is_shared_out_fits, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tcase);
    return suite;
}
