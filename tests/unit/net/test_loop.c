#include "lib/net/loop.h"

#include <sys/epoll.h>

#include "lib/base/list.h"
#include "tests/unit/net/server_test.h"

/* Sockets that give the engine one message for each octet that came, as many as the turn may take.
 * The messages are such as it drops. */

enum { SOCKETS = 100 };

struct source {
    struct watcher watcher;
    int other;         /* what is written there makes the watcher ready */
    unsigned messages; /* taken so far */
    unsigned last;     /* the number of the message taken last, over all sources */
};

static struct source sources[SOCKETS];
static unsigned taken;

static void ignore(void *context, uint64_t client)
{
    (void)context;
    (void)client;
}

static void no_answer(void *context, const struct answer *answer)
{
    (void)context;
    (void)answer;
    ck_abort_msg("answered");
}

static void on_ready(struct watcher *watcher, uint32_t events)
{
    struct source *source = LIST_OF(watcher, struct source, watcher);
    uint8_t octets[TURN_MESSAGES];
    ssize_t got = recv(watcher->fd, octets, loop_left(bench.loop), MSG_DONTWAIT);

    (void)events;
    for (ssize_t i = 0; i < got; i++) {
        struct event event = { .kind = EVENT_QUERY };
        if (watcher->whose == WATCHES_SERVER) {
            event.kind = EVENT_REPLY;
            event.reply = (struct reply){ .socket = UINT32_MAX };
        }
        loop_event(bench.loop, &event);
        source->messages++;
        source->last = ++taken;
    }
}

static void source_up(unsigned index, enum watched whose)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    sources[index] = (struct source){ { on_ready, pair[0], whose }, pair[1], 0, 0 };
    ck_assert_int_eq(loop_watch(bench.loop, &sources[index].watcher, EPOLLIN), ST_OK);
}

static void octets_come(unsigned index, unsigned count)
{
    static const uint8_t octets[4 * TURN_MESSAGES];
    ck_assert_int_eq(send(sources[index].other, octets, count, 0), (ssize_t)count);
}

static void set_up(void)
{
    struct loop_clients clients = { no_answer, ignore, NULL, NULL };
    server_up();
    bench_policy("127.0.0.1");
    bench_start(&clients);
    memset(sources, 0, sizeof sources);
    taken = 0;
}

static void tear_down(void)
{
    for (unsigned i = 0; i < SOCKETS; i++) {
        int fd = sources[i].watcher.fd;
        if (sources[i].other == 0)
            continue;
        loop_unwatch(bench.loop, &sources[i].watcher);
        close(fd);
        close(sources[i].other);
    }
    bench_end();
    server_down();
}

/* Turns until something was taken: one in which sockets were ready. */
static void one_turn(void)
{
    unsigned before = taken;
    for (unsigned turns = 0; taken == before; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
}

START_TEST(clients_are_read_before_servers) /* RULINGS B16 */
{
    source_up(0, WATCHES_SERVER);
    source_up(1, WATCHES_CLIENTS);
    source_up(2, WATCHES_SERVER);
    for (unsigned i = 0; i < 8; i++) { /* whoever was ready first, whose turn it is to begin */
        octets_come(i % 3, 1);
        octets_come((i + 1) % 3, 1);
        octets_come((i + 2) % 3, 1);
        one_turn();
        ck_assert_uint_eq(taken, 3 * (i + 1));
        ck_assert_uint_eq(sources[1].last, 3 * i + 1);
    }
}
END_TEST

START_TEST(a_turn_takes_so_many_messages_of_each_kind) /* RULINGS B16 */
{
    for (unsigned i = 0; i < SOCKETS; i++) {
        source_up(i, WATCHES_SERVER);
        octets_come(i, 1);
    }
    one_turn();
    ck_assert_uint_eq(taken, TURN_MESSAGES);
    octets_come(0, 1);
    one_turn();
    ck_assert_uint_eq(taken, SOCKETS + 1);
}
END_TEST

START_TEST(clients_take_nothing_from_what_servers_may) /* RULINGS B16 */
{
    source_up(0, WATCHES_CLIENTS);
    source_up(1, WATCHES_SERVER);
    octets_come(0, 2 * TURN_MESSAGES);
    octets_come(1, 2 * TURN_MESSAGES);
    one_turn();
    ck_assert_uint_eq(sources[0].messages, TURN_MESSAGES);
    ck_assert_uint_eq(sources[1].messages, TURN_MESSAGES);
}
END_TEST

START_TEST(none_is_busy_enough_to_keep_another_waiting)
{
    source_up(0, WATCHES_CLIENTS);
    source_up(1, WATCHES_CLIENTS);
    octets_come(0, 4 * TURN_MESSAGES);
    octets_come(1, 4 * TURN_MESSAGES);
    one_turn();
    one_turn();
    ck_assert_uint_eq(sources[0].messages, TURN_MESSAGES);
    ck_assert_uint_eq(sources[1].messages, TURN_MESSAGES);
}
END_TEST

/* ---- connections: SPEC R5 ---- */

START_TEST(datagrams_are_read_before_connections_and_again_after_them_where_there_are_more)
{
    source_up(0, WATCHES_CONNECTIONS);
    source_up(1, WATCHES_CLIENTS);
    octets_come(0, 1);
    octets_come(1, 3 * TURN_MESSAGES);
    one_turn();
    ck_assert_uint_eq(sources[0].last, TURN_MESSAGES + 1);
    ck_assert_uint_eq(sources[1].messages, 2 * TURN_MESSAGES);
}
END_TEST

START_TEST(however_many_connections_are_busy_datagrams_have_their_turn)
{
    source_up(0, WATCHES_CLIENTS);
    for (unsigned i = 1; i < SOCKETS; i++) {
        source_up(i, WATCHES_CONNECTIONS);
        octets_come(i, TURN_MESSAGES);
    }
    octets_come(0, 1);
    one_turn();
    ck_assert_uint_eq(sources[0].messages, 1);
    ck_assert_uint_le(taken, 4 * TURN_MESSAGES + 1);
}
END_TEST

START_TEST(each_connection_has_its_turn_however_busy_the_others_are)
{
    unsigned turns = 0;

    for (unsigned i = 0; i < SOCKETS; i++) {
        source_up(i, WATCHES_CONNECTIONS);
        octets_come(i, 4 * TURN_MESSAGES);
    }
    for (unsigned i = 0; i < SOCKETS; i++)
        for (; sources[i].messages == 0; turns++) {
            ck_assert_uint_lt(turns, 2 * SOCKETS);
            one_turn();
        }
}
END_TEST

START_TEST(a_part_of_a_turn_takes_so_long_by_weight_and_no_longer)
{
    source_up(0, WATCHES_SERVER);
    octets_come(0, 1);
    one_turn();
    ck_assert_uint_eq(loop_left(bench.loop), TURN_MESSAGES - 1);
    meter_weigh(loop_meter(bench.loop), TURN_NS);
    ck_assert_uint_eq(loop_left(bench.loop), 0);
}
END_TEST

START_TEST(those_who_come_after_wait_while_the_others_fill_a_turn_but_not_for_ever)
{
    unsigned waited = 0;

    for (unsigned i = 0; i < 16; i++) {
        source_up(i, i == 8 ? WATCHES_LATER : WATCHES_CONNECTIONS);
        octets_come(i, 4 * TURN_MESSAGES);
    }
    while (sources[8].messages == 0) /* when they have theirs depends on the turns before */
        one_turn();
    unsigned before = sources[8].messages;
    while (sources[8].messages == before) {
        ck_assert_uint_lt(waited++, LATER_TURNS);
        one_turn();
    }
    ck_assert_uint_eq(waited, LATER_TURNS);
}
END_TEST

START_TEST(those_who_come_after_have_each_turn_that_the_others_do_not_fill)
{
    source_up(0, WATCHES_LATER);
    source_up(1, WATCHES_CONNECTIONS);
    for (unsigned i = 1; i <= 2 * LATER_TURNS; i++) {
        octets_come(0, 1);
        octets_come(1, 1);
        one_turn();
        ck_assert_uint_eq(sources[0].messages, i);
        ck_assert_uint_eq(sources[0].last, 2 * i);
    }
}
END_TEST

START_TEST(a_connection_moves_to_the_other_queue_with_what_waits_there)
{
    source_up(0, WATCHES_CONNECTIONS);
    source_up(1, WATCHES_CONNECTIONS);
    octets_come(0, 1);
    ck_assert_int_eq(loop_move(bench.loop, &sources[0].watcher, WATCHES_LATER, EPOLLIN), ST_OK);
    octets_come(1, 1);
    one_turn();
    ck_assert_uint_eq(sources[1].last, 1);
    ck_assert_uint_eq(sources[0].last, 2);
}
END_TEST

Suite *net_loop_suite(void)
{
    Suite *suite = suite_create("net/loop");
    TCase *turns = tcase_create("turns");

    tcase_add_checked_fixture(turns, set_up, tear_down);
    tcase_add_test(turns, clients_are_read_before_servers);
    tcase_add_test(turns, a_turn_takes_so_many_messages_of_each_kind);
    tcase_add_test(turns, clients_take_nothing_from_what_servers_may);
    tcase_add_test(turns, none_is_busy_enough_to_keep_another_waiting);
    tcase_add_test(turns,
                   datagrams_are_read_before_connections_and_again_after_them_where_there_are_more);
    tcase_add_test(turns, however_many_connections_are_busy_datagrams_have_their_turn);
    tcase_add_test(turns, each_connection_has_its_turn_however_busy_the_others_are);
    tcase_add_test(turns, a_part_of_a_turn_takes_so_long_by_weight_and_no_longer);
    tcase_add_test(turns, those_who_come_after_wait_while_the_others_fill_a_turn_but_not_for_ever);
    tcase_add_test(turns, those_who_come_after_have_each_turn_that_the_others_do_not_fill);
    tcase_add_test(turns, a_connection_moves_to_the_other_queue_with_what_waits_there);
    suite_add_tcase(suite, turns);
    return suite;
}
