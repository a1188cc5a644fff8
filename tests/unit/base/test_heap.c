#include "lib/base/heap.h"

#include "lib/base/memory.h"
#include "lib/base/prng.h"
#include "tests/unit/suites.h"

enum { NODES = 100 };

static struct heap heap;
static struct heap_node nodes[NODES];

static void set_up(void)
{
    heap_init(&heap, NODES);
    for (int i = 0; i < NODES; i++)
        nodes[i] = HEAP_NODE_OUT;
}

static void tear_down(void)
{
    heap_clear(&heap);
}

static void set(int node, uint64_t ns)
{
    ck_assert_int_eq(heap_set(&heap, &nodes[node], (struct instant){ ns }), ST_OK);
}

/* Takes the first one out; -1: there is none. */
static int pop(void)
{
    struct heap_node *first = heap_first(&heap);
    if (first == NULL)
        return -1;
    heap_remove(&heap, first);
    return (int)(first - nodes);
}

START_TEST(heap_first_is_the_earliest)
{
    ck_assert_ptr_null(heap_first(&heap));
    for (int i = 0; i < NODES; i++)
        set(i, (uint64_t)(i * 37 % NODES));
    for (int i = 0; i < NODES; i++)
        ck_assert_int_eq(pop() * 37 % NODES, i);
    ck_assert_int_eq(pop(), -1);
}
END_TEST

START_TEST(equal_instants_come_out_in_order_of_insertion)
{
    for (int i = 0; i < NODES; i++)
        set(i, 5);
    set(3, 5); /* moved: as if put in last */
    for (int i = 0; i < NODES; i++) {
        if (i != 3)
            ck_assert_int_eq(pop(), i);
    }
    ck_assert_int_eq(pop(), 3);
}
END_TEST

START_TEST(heap_set_moves_a_node_that_is_in)
{
    for (int i = 0; i < 10; i++)
        set(i, 100 + (uint64_t)i);
    set(9, 50);
    set(0, 200);
    ck_assert_uint_eq(heap.count, 10);
    ck_assert_int_eq(pop(), 9);
    ck_assert_int_eq(pop(), 1);
    set(1, UINT64_MAX);
    for (int i = 2; i < 9; i++)
        ck_assert_int_eq(pop(), i);
    ck_assert_int_eq(pop(), 0);
    ck_assert_int_eq(pop(), 1);
}
END_TEST

START_TEST(heap_remove_of_a_node_that_is_out_is_fine)
{
    struct heap_node never_marked = { .slot = 0 };
    set(0, 1);
    heap_remove(&heap, &nodes[1]);
    heap_remove(&heap, &never_marked);
    ck_assert_uint_eq(never_marked.slot, HEAP_OUT);
    ck_assert_ptr_eq(heap_first(&heap), &nodes[0]);
    heap_remove(&heap, &nodes[0]);
    heap_remove(&heap, &nodes[0]);
    ck_assert_uint_eq(heap.count, 0);
}
END_TEST

START_TEST(heap_set_ends_at_max_but_still_moves)
{
    struct heap_node extra = HEAP_NODE_OUT;
    for (int i = 0; i < NODES; i++)
        set(i, 9);
    ck_assert_int_eq(heap_set(&heap, &extra, (struct instant){ 1 }), ST_LIMIT);
    ck_assert_uint_eq(extra.slot, HEAP_OUT);
    set(50, 1);
    ck_assert_int_eq(pop(), 50);
    ck_assert_int_eq(heap_set(&heap, &extra, (struct instant){ 1 }), ST_OK);
}
END_TEST

START_TEST(heap_clear_marks_all_nodes_out)
{
    for (int i = 0; i < NODES; i++)
        set(i, 9);
    heap_clear(&heap);
    for (int i = 0; i < NODES; i++)
        ck_assert_uint_eq(nodes[i].slot, HEAP_OUT);
    ck_assert_ptr_null(heap_first(&heap));
    set(0, 1);
}
END_TEST

/* The heap's own invariant: parents come first, and each node knows its place. */
static bool has_shape(void)
{
    bool has = true;
    for (size_t i = 0; i < heap.count; i++)
        has = has && heap.nodes[i]->slot == i;
    for (size_t i = 1; i < heap.count; i++)
        has = has && heap.nodes[(i - 1) / 2]->at.ns <= heap.nodes[i]->at.ns;
    return has;
}

START_TEST(ten_thousand_random_steps_keep_the_shape)
{
    struct prng prng;
    prng_seed_number(&prng, 1);
    size_t in = 0;
    for (int step = 0; step < 10000; step++) {
        int node = (int)prng_below(&prng, NODES);
        bool was_in = nodes[node].slot != HEAP_OUT, puts = prng_below(&prng, 3) > 0;
        if (puts)
            set(node, prng_below(&prng, 50));
        else
            heap_remove(&heap, &nodes[node]);
        in = in + (size_t)(puts && !was_in) - (size_t)(!puts && was_in);
        ck_assert_uint_eq(heap.count, in);
        ck_assert(has_shape());
    }
}
END_TEST

#ifdef CATENA_TESTING
START_TEST(heap_set_without_memory_leaves_the_node_out) /* LIMITS G5 */
{
    for (int i = 0; i < 16; i++)
        set(i, 9);
    memory_fail_after(0);
    ck_assert_int_eq(heap_set(&heap, &nodes[16], (struct instant){ 1 }), ST_NOMEM);
    ck_assert(memory_fail_stop());
    ck_assert_uint_eq(nodes[16].slot, HEAP_OUT);
    ck_assert_uint_eq(heap.count, 16);
    set(16, 1);
    ck_assert_int_eq(pop(), 16);
}
END_TEST
#endif

Suite *base_heap_suite(void)
{
    Suite *suite = suite_create("base/heap");
    TCase *heap_case = tcase_create("heap");
    tcase_add_checked_fixture(heap_case, set_up, tear_down);
    tcase_add_test(heap_case, heap_first_is_the_earliest);
    tcase_add_test(heap_case, equal_instants_come_out_in_order_of_insertion);
    tcase_add_test(heap_case, heap_set_moves_a_node_that_is_in);
    tcase_add_test(heap_case, heap_remove_of_a_node_that_is_out_is_fine);
    tcase_add_test(heap_case, heap_set_ends_at_max_but_still_moves);
    tcase_add_test(heap_case, heap_clear_marks_all_nodes_out);
    tcase_add_test(heap_case, ten_thousand_random_steps_keep_the_shape);
#ifdef CATENA_TESTING
    tcase_add_test(heap_case, heap_set_without_memory_leaves_the_node_out);
#endif
    suite_add_tcase(suite, heap_case);
    return suite;
}
