#include "lib/base/table.h"

#include <signal.h>
#include <stdbool.h>

#include "lib/base/memory.h"
#include "lib/base/prng.h"
#include "tests/unit/suites.h"

enum { NODES = 1000 };

static struct table table;
static struct table_node nodes[NODES];

static void set_up(void)
{
    ck_assert_int_eq(table_init(&table, NODES), ST_OK);
}

static void tear_down(void)
{
    table_clear(&table);
}

static void insert(int node, uint64_t hash)
{
    ck_assert_int_eq(table_insert(&table, &nodes[node], hash), ST_OK);
}

static size_t how_many(uint64_t hash)
{
    size_t count = 0;
    for (struct table_node *at = table_first(&table, hash); at != NULL; at = table_next(at)) {
        ck_assert_uint_eq(at->hash, hash);
        count++;
    }
    return count;
}

START_TEST(table_first_finds_each_node_through_all_growth)
{
    for (int i = 0; i < NODES; i++) {
        insert(i, (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15));
        ck_assert_uint_eq(table.count, (size_t)i + 1);
    }
    ck_assert_uint_ge(table.mask + 1, NODES / 2); /* it grew */
    for (int i = 0; i < NODES; i++)
        ck_assert_ptr_eq(table_first(&table, nodes[i].hash), &nodes[i]);
    ck_assert_ptr_null(table_first(&table, 1));
}
END_TEST

START_TEST(table_next_walks_all_of_one_hash_and_no_other)
{
    for (int i = 0; i < 300; i++)
        insert(i, i % 3 == 0 ? 7 : 7 + ((uint64_t)i << 32)); /* one bucket for all */
    ck_assert_uint_eq(how_many(7), 100);
    ck_assert_uint_eq(how_many(7 + (UINT64_C(1) << 32)), 1);
    ck_assert_uint_eq(how_many(8), 0);
}
END_TEST

START_TEST(table_insert_ends_at_max)
{
    struct table_node extra;
    for (int i = 0; i < NODES; i++)
        insert(i, (uint64_t)i);
    ck_assert_int_eq(table_insert(&table, &extra, 5), ST_LIMIT);
    ck_assert_uint_eq(table.count, NODES);
    table_remove(&table, &nodes[0]);
    ck_assert_int_eq(table_insert(&table, &extra, 5), ST_OK);
    ck_assert_uint_eq(how_many(5), 2);
}
END_TEST

START_TEST(table_remove_takes_out_that_node_alone)
{
    for (int i = 0; i < 5; i++)
        insert(i, 7);
    table_remove(&table, &nodes[2]);
    table_remove(&table, &nodes[4]);
    table_remove(&table, &nodes[0]);
    ck_assert_uint_eq(how_many(7), 2);
    ck_assert_uint_eq(table.count, 2);
    for (struct table_node *at = table_first(&table, 7); at != NULL; at = table_next(at))
        ck_assert(at == &nodes[1] || at == &nodes[3]);
}
END_TEST

START_TEST(table_remove_aborts_when_the_node_is_not_in)
{
    insert(0, 7);
    nodes[1].hash = 7;
    table_remove(&table, &nodes[1]);
}
END_TEST

START_TEST(random_steps_agree_with_a_plain_array)
{
    struct prng prng;
    static bool in[NODES];
    size_t of_hash[64] = { 0 };
    prng_seed_number(&prng, 1);
    for (int step = 0; step < 20000; step++) {
        uint32_t node = prng_below(&prng, NODES), hash = node % 64;
        if (in[node])
            table_remove(&table, &nodes[node]);
        else
            insert((int)node, hash);
        of_hash[hash] = in[node] ? of_hash[hash] - 1 : of_hash[hash] + 1;
        in[node] = !in[node];
        ck_assert_uint_eq(how_many(hash), of_hash[hash]);
    }
}
END_TEST

START_TEST(a_cleared_table_finds_nothing)
{
    insert(0, 7);
    table_clear(&table);
    ck_assert_ptr_null(table_first(&table, 7));
    ck_assert_int_eq(table_insert(&table, &nodes[0], 7), ST_LIMIT);
}
END_TEST

#ifdef CATENA_TESTING
START_TEST(growth_that_finds_no_memory_is_skipped) /* LIMITS G5 */
{
    for (int i = 0; i < 16; i++)
        insert(i, (uint64_t)i);
    memory_fail_after(0);
    insert(16, 16);
    ck_assert(memory_fail_stop());
    for (int i = 0; i <= 16; i++)
        ck_assert_ptr_eq(table_first(&table, (uint64_t)i), &nodes[i]);
    insert(17, 17);
    ck_assert_uint_gt(table.mask, 16);
}
END_TEST

START_TEST(table_init_without_memory_says_so)
{
    struct table other;
    memory_fail_after(0);
    ck_assert_int_eq(table_init(&other, NODES), ST_NOMEM);
}
END_TEST
#endif

Suite *base_table_suite(void)
{
    Suite *suite = suite_create("base/table");
    TCase *table_case = tcase_create("table");
    tcase_add_checked_fixture(table_case, set_up, tear_down);
    tcase_add_test(table_case, table_first_finds_each_node_through_all_growth);
    tcase_add_test(table_case, table_next_walks_all_of_one_hash_and_no_other);
    tcase_add_test(table_case, table_insert_ends_at_max);
    tcase_add_test(table_case, table_remove_takes_out_that_node_alone);
    tcase_add_test_raise_signal(table_case, table_remove_aborts_when_the_node_is_not_in, SIGABRT);
    tcase_add_test(table_case, random_steps_agree_with_a_plain_array);
    tcase_add_test(table_case, a_cleared_table_finds_nothing);
#ifdef CATENA_TESTING
    tcase_add_test(table_case, growth_that_finds_no_memory_is_skipped);
    tcase_add_test(table_case, table_init_without_memory_says_so);
#endif
    suite_add_tcase(suite, table_case);
    return suite;
}
