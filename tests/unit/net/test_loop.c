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

Suite *net_loop_suite(void)
{
    Suite *suite = suite_create("net/loop");
    TCase *turns = tcase_create("turns");

    tcase_add_checked_fixture(turns, set_up, tear_down);
    tcase_add_test(turns, clients_are_read_before_servers);
    tcase_add_test(turns, a_turn_takes_so_many_messages_of_each_kind);
    tcase_add_test(turns, clients_take_nothing_from_what_servers_may);
    tcase_add_test(turns, none_is_busy_enough_to_keep_another_waiting);
    suite_add_tcase(suite, turns);
    return suite;
}
