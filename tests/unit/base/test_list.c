#include "lib/base/list.h"

#include "tests/unit/suites.h"

struct item {
    int number;
    struct list link;
};

static struct list head;
static struct item items[4];

static void set_up(void)
{
    list_init(&head);
    for (int i = 0; i < 4; i++) {
        items[i].number = i;
        list_push(&head, &items[i].link);
    }
}

/* The numbers of the list, as digits. */
static int numbers(void)
{
    int sum = 0;
    LIST_EACH(at, &head)
        sum = sum * 10 + LIST_OF(at, struct item, link)->number + 1;
    return sum;
}

START_TEST(list_push_puts_at_the_end)
{
    ck_assert_int_eq(numbers(), 1234);
}
END_TEST

START_TEST(list_pop_takes_the_first_and_then_null)
{
    for (int i = 0; i < 4; i++)
        ck_assert_ptr_eq(list_pop(&head), &items[i].link);
    ck_assert(list_empty(&head));
    ck_assert_ptr_null(list_pop(&head));
}
END_TEST

START_TEST(list_remove_takes_out_of_the_middle_and_may_be_repeated)
{
    list_remove(&items[1].link);
    list_remove(&items[2].link);
    list_remove(&items[1].link); /* its old neighbour must not come back */
    ck_assert_int_eq(numbers(), 14);
    list_push(&head, &items[1].link);
    ck_assert_int_eq(numbers(), 142);
}
END_TEST

START_TEST(list_each_lets_its_body_remove_the_node_it_visits)
{
    int visited = 0;
    LIST_EACH(at, &head) {
        visited++;
        list_remove(at);
    }
    ck_assert_int_eq(visited, 4);
    ck_assert(list_empty(&head));
}
END_TEST

Suite *base_list_suite(void)
{
    Suite *suite = suite_create("base/list");
    TCase *list = tcase_create("list");
    tcase_add_checked_fixture(list, set_up, NULL);
    tcase_add_test(list, list_push_puts_at_the_end);
    tcase_add_test(list, list_pop_takes_the_first_and_then_null);
    tcase_add_test(list, list_remove_takes_out_of_the_middle_and_may_be_repeated);
    tcase_add_test(list, list_each_lets_its_body_remove_the_node_it_visits);
    suite_add_tcase(suite, list);
    return suite;
}
