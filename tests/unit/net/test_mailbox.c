#include "lib/net/mailbox.h"

#include <pthread.h>

#include "tests/unit/net/server_test.h"

enum { SENDERS = 4, LETTERS_EACH = 2000 };

static struct mailbox *mailbox;
static unsigned woken;

static void on_wake(void *context)
{
    (void)context;
    woken++;
}

static void set_up(void)
{
    struct loop_clients nobody = { .context = NULL };

    server_up();
    bench_policy("127.0.0.1");
    bench_start(&nobody);
    mailbox = mailbox_create(bench.loop);
    ck_assert_ptr_nonnull(mailbox);
    loop_on_wake(bench.loop, on_wake, NULL);
}

static void tear_down(void)
{
    mailbox_destroy(mailbox);
    bench_end();
    server_down();
}

static struct letter letter_of(uint64_t number)
{
    return (struct letter){ LETTER_POLICY, &woken, number };
}

START_TEST(letters_come_out_in_the_order_they_went_in)
{
    struct letter letter;

    for (uint64_t n = 1; n <= MAILBOX_LETTERS; n++) {
        letter = letter_of(n);
        ck_assert_int_eq(mailbox_post(mailbox, &letter), ST_OK);
    }
    for (uint64_t n = 1; n <= MAILBOX_LETTERS; n++) {
        ck_assert(mailbox_take(mailbox, &letter));
        ck_assert_uint_eq(letter.number, n);
        ck_assert_ptr_eq(letter.body, &woken);
    }
    ck_assert(!mailbox_take(mailbox, &letter));
}
END_TEST

START_TEST(a_full_mailbox_takes_no_more_until_one_is_read)
{
    struct letter letter = letter_of(1);

    for (unsigned n = 0; n < MAILBOX_LETTERS; n++)
        ck_assert_int_eq(mailbox_post(mailbox, &letter), ST_OK);
    ck_assert_int_eq(mailbox_post(mailbox, &letter), ST_BUSY);
    ck_assert(mailbox_take(mailbox, &letter));
    ck_assert_int_eq(mailbox_post(mailbox, &letter), ST_OK);
    ck_assert_int_eq(mailbox_post(mailbox, &letter), ST_BUSY);
}
END_TEST

START_TEST(a_letter_wakes_the_loop)
{
    struct letter letter = letter_of(1);

    ck_assert_int_eq(mailbox_post(mailbox, &letter), ST_OK);
    for (unsigned turns = 0; woken == 0; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
}
END_TEST

static void *send_many(void *context)
{
    uint64_t sender = *(const uint64_t *)context;

    for (uint64_t n = 1; n <= LETTERS_EACH; n++) {
        struct letter letter = letter_of(sender << 32 | n);
        while (mailbox_post(mailbox, &letter) != ST_OK) {
        }
    }
    return NULL;
}

START_TEST(letters_of_several_threads_all_come_each_senders_in_order) /* RULINGS B22 */
{
    pthread_t threads[SENDERS];
    uint64_t senders[SENDERS], last[SENDERS] = { 0 };
    struct letter letter;

    for (uint64_t s = 0; s < SENDERS; s++) {
        senders[s] = s;
        ck_assert_int_eq(pthread_create(&threads[s], NULL, send_many, &senders[s]), 0);
    }
    for (unsigned got = 0; got < SENDERS * LETTERS_EACH;) {
        if (!mailbox_take(mailbox, &letter))
            continue;
        uint64_t *of_sender = &last[letter.number >> 32];
        ck_assert_uint_eq(letter.number & UINT32_MAX, ++*of_sender);
        got++;
    }
    for (unsigned s = 0; s < SENDERS; s++)
        pthread_join(threads[s], NULL);
    ck_assert(!mailbox_take(mailbox, &letter));
}
END_TEST

Suite *net_mailbox_suite(void)
{
    Suite *suite = suite_create("net/mailbox");
    TCase *tcase = tcase_create("mailbox");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, letters_come_out_in_the_order_they_went_in);
    tcase_add_test(tcase, a_full_mailbox_takes_no_more_until_one_is_read);
    tcase_add_test(tcase, a_letter_wakes_the_loop);
    tcase_add_test(tcase, letters_of_several_threads_all_come_each_senders_in_order);
    suite_add_tcase(suite, tcase);
    return suite;
}
