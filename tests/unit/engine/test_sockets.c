#include "lib/engine/sockets.h"

#include <math.h>

#include "lib/base/memory.h"
#include "tests/unit/wire/wire_test.h"

enum { FEW = 64, CROWD = FEW - FEW / 8 };

static const struct siphash_key key = { 1, 2 };
static struct limits limits;
static struct ports closed;
static struct sockets *sockets;
static struct prng prng;
static struct instant now;
static struct endpoint server, other;

/* Fetches are told apart by their address alone. */
static struct fetch *const asker = (struct fetch *)&limits;

static void set_up(void)
{
    const uint8_t address[] = { 192, 0, 2, 1 };

    limits_defaults(&limits);
    limits.upstream_sockets = FEW;
    prng_seed_number(&prng, 1);
    now = (struct instant){ 5 * NS_PER_S };
    server = endpoint_v4(address, 53);
    other = endpoint_v4(address, 54);
    sockets = sockets_create(&limits, &closed, &key);
    ck_assert_ptr_nonnull(sockets);
}

static void tear_down(void)
{
    sockets_destroy(sockets);
}

static struct socket_grant take(const struct endpoint *to, enum transport via, enum socket_use use)
{
    struct socket_wish wish = { to, via, use, now };
    struct socket_grant grant;
    ck_assert_int_eq(sockets_take(sockets, &wish, &prng, asker, &grant), ST_OK);
    return grant;
}

static uint32_t again(void)
{
    return take(&server, VIA_UDP, SOCKET_AGAIN).socket;
}

static bool full(void)
{
    struct socket_wish wish = { &server, VIA_UDP, SOCKET_NEW, now };
    struct socket_grant grant;
    return sockets_take(sockets, &wish, &prng, asker, &grant) == ST_LIMIT;
}

/* ---- numbers ---- */

START_TEST(a_number_names_its_fetch_until_it_is_forgotten)
{
    struct socket_grant first = take(&server, VIA_UDP, SOCKET_AGAIN);
    struct socket_grant second = take(&server, VIA_UDP, SOCKET_AGAIN);

    ck_assert_int_eq(first.use, SOCKET_NEW);
    ck_assert_uint_ne(first.socket, second.socket); /* one outstanding question a socket */
    ck_assert_ptr_eq(sockets_fetch(sockets, first.socket), asker);
    ck_assert(sockets_exists(sockets, first.socket));
    ck_assert_uint_eq(sockets_open(sockets), 2);
    sockets_forget(sockets, first.socket);
    ck_assert_ptr_null(sockets_fetch(sockets, first.socket));
    ck_assert(!sockets_exists(sockets, first.socket));
    ck_assert_ptr_eq(sockets_fetch(sockets, second.socket), asker);
    sockets_forget(sockets, first.socket); /* again: nothing happens */
    ck_assert_uint_eq(sockets_open(sockets), 1);
}
END_TEST

START_TEST(an_old_number_never_names_a_new_socket)
{
    uint32_t old = again();

    for (unsigned i = 0; i < 1000; i++) {
        sockets_forget(sockets, old);
        uint32_t fresh = again();
        ck_assert(!sockets_exists(sockets, old));
        ck_assert(sockets_exists(sockets, fresh));
        old = fresh;
    }
}
END_TEST

START_TEST(numbers_that_were_never_given_name_nothing)
{
    again();
    for (uint32_t socket = 0; socket < 1u << 16; socket++) {
        ck_assert(!sockets_exists(sockets, socket));
        ck_assert(!sockets_exists(sockets, socket << 16 | 1)); /* a slot that was never used */
    }
    ck_assert(!sockets_exists(sockets, UINT32_MAX));
}
END_TEST

/* ---- used again (RULINGS B10) ---- */

START_TEST(an_answered_socket_serves_the_same_server_again)
{
    uint32_t socket = again();

    ck_assert(sockets_answered(sockets, socket, now));
    ck_assert(sockets_exists(sockets, socket));
    ck_assert_ptr_null(sockets_fetch(sockets, socket));
    struct socket_grant grant = take(&server, VIA_UDP, SOCKET_AGAIN);
    ck_assert_uint_eq(grant.socket, socket);
    ck_assert_int_eq(grant.use, SOCKET_AGAIN);
    ck_assert_ptr_eq(sockets_fetch(sockets, socket), asker);
    ck_assert_uint_ne(again(), socket); /* it is in use */
}
END_TEST

START_TEST(nothing_else_may_use_it)
{
    uint32_t socket = again();

    ck_assert(sockets_answered(sockets, socket, now));
    ck_assert_uint_ne(take(&other, VIA_UDP, SOCKET_AGAIN).socket, socket);
    ck_assert_uint_ne(take(&server, VIA_TCP, SOCKET_AGAIN).socket, socket);
    ck_assert_uint_ne(take(&server, VIA_UDP, SOCKET_NEW).socket, socket); /* a retransmission */
    ck_assert_uint_eq(again(), socket);
}
END_TEST

START_TEST(a_socket_serves_so_often_and_no_more)
{
    uint32_t socket = again();

    for (unsigned uses = 1; uses < limits.socket_uses; uses++) {
        ck_assert(sockets_answered(sockets, socket, now));
        ck_assert_uint_eq(again(), socket);
    }
    ck_assert(!sockets_answered(sockets, socket, now));
    ck_assert(sockets_exists(sockets, socket)); /* until it is closed */
}
END_TEST

START_TEST(a_socket_serves_so_long_and_no_longer)
{
    uint32_t early = again(), late = again();
    struct instant born = now;

    now = instant_after_ms(born, limits.socket_ms - 1);
    ck_assert(sockets_answered(sockets, early, now));
    now = instant_after_ms(born, limits.socket_ms);
    ck_assert(!sockets_answered(sockets, late, now));
    ck_assert_uint_ne(again(), early); /* it is there, but its time is over */
}
END_TEST

START_TEST(tcp_and_what_is_not_asked_never_fall_idle)
{
    uint32_t tcp = take(&server, VIA_TCP, SOCKET_NEW).socket, socket = again();

    ck_assert(!sockets_answered(sockets, tcp, now));
    ck_assert(sockets_answered(sockets, socket, now));
    ck_assert(!sockets_answered(sockets, socket, now)); /* it is idle already */
    ck_assert(!sockets_answered(sockets, 12345, now));
    ck_assert_uint_eq(again(), socket);
}
END_TEST

START_TEST(a_second_copy_of_the_last_answer_is_known)
{
    const struct bytes first = BYTES("\1\2\x84\0\0\1\0\1\0\0\0\0abc");
    const struct bytes longer = BYTES("\1\2\x84\0\0\1\0\1\0\0\0\0abcd");
    const struct bytes second = BYTES("\3\4\x84\0\0\1\0\1\0\0\0\0abc");
    uint32_t socket = again(), stranger = take(&other, VIA_UDP, SOCKET_NEW).socket;

    ck_assert(!sockets_is_copy(sockets, socket, first));
    sockets_accepted(sockets, socket, first);
    ck_assert(sockets_is_copy(sockets, socket, first));
    ck_assert(!sockets_is_copy(sockets, socket, longer));
    ck_assert(!sockets_is_copy(sockets, socket, second));
    ck_assert(!sockets_is_copy(sockets, stranger, first));
    ck_assert(sockets_answered(sockets, socket, now));
    ck_assert_uint_eq(again(), socket);
    ck_assert(sockets_is_copy(sockets, socket, first)); /* it comes late */
    sockets_accepted(sockets, socket, second);
    ck_assert(!sockets_is_copy(sockets, socket, first));
    sockets_forget(sockets, socket);
    socket = again(); /* the same slot */
    ck_assert(!sockets_is_copy(sockets, socket, second));
    sockets_accepted(sockets, socket, SPAN("short"));
    ck_assert(!sockets_is_copy(sockets, socket, SPAN("short")));
}
END_TEST

/* ---- time ---- */

START_TEST(idle_sockets_go_when_their_time_is_over)
{
    uint32_t first = again(), gone;
    struct instant born = now;

    ck_assert_uint_eq(sockets_deadline(sockets).ns, UINT64_MAX); /* nobody is idle */
    ck_assert(!sockets_expire(sockets, INSTANT_NEVER, &gone));
    now = instant_after_ms(born, 100);
    uint32_t second = again();
    ck_assert(sockets_answered(sockets, first, now));
    ck_assert(sockets_answered(sockets, second, now));

    struct instant due = instant_after_ms(born, limits.socket_ms);
    ck_assert_uint_eq(sockets_deadline(sockets).ns, due.ns);
    ck_assert(!sockets_expire(sockets, (struct instant){ due.ns - 1 }, &gone));
    ck_assert(sockets_expire(sockets, due, &gone));
    ck_assert_uint_eq(gone, first);
    ck_assert(!sockets_exists(sockets, first));
    ck_assert(!sockets_expire(sockets, due, &gone));
    ck_assert(sockets_expire(sockets, instant_after_ms(due, 100), &gone));
    ck_assert_uint_eq(gone, second);
    ck_assert_uint_eq(sockets_open(sockets), 0);
}
END_TEST

START_TEST(idle_sockets_make_room_before_the_table_is_full)
{
    uint32_t held[FEW], gone;

    for (unsigned i = 0; i < CROWD; i++)
        held[i] = take(&server, VIA_UDP, SOCKET_NEW).socket;
    ck_assert(sockets_answered(sockets, held[0], now));
    ck_assert(sockets_answered(sockets, held[1], now));
    ck_assert(!sockets_expire(sockets, now, &gone));
    held[CROWD] = take(&other, VIA_UDP, SOCKET_NEW).socket;
    ck_assert_uint_eq(sockets_deadline(sockets).ns, 0); /* at once */
    ck_assert(sockets_expire(sockets, now, &gone));
    ck_assert_uint_eq(gone, held[0]);
    ck_assert(!sockets_expire(sockets, now, &gone)); /* that was enough */
    ck_assert_uint_eq(sockets_deadline(sockets).ns, instant_after_ms(now, limits.socket_ms).ns);
}
END_TEST

START_TEST(there_are_so_many_sockets_and_no_more) /* LIMITS 0.1 */
{
    uint32_t held[FEW];

    for (unsigned i = 0; i < FEW; i++) {
        held[i] = take(&server, VIA_UDP, SOCKET_NEW).socket;
        for (unsigned j = 0; j < i; j++)
            ck_assert_uint_ne(held[i], held[j]);
    }
    ck_assert(full());
    ck_assert(!sockets_exists(sockets, 1u << 16 | FEW)); /* just behind the table */
    ck_assert_uint_eq(sockets_open(sockets), FEW);
    sockets_forget(sockets, held[7]);
    ck_assert(!full());
    ck_assert(full());
}
END_TEST

/* ---- ports ---- */

START_TEST(ports_are_drawn_evenly_from_all_that_may_be) /* RFC 5452 §9.2, SPEC I4, LIMITS A1 */
{
    enum { DRAWS = 1000000, PORTS = 65536 - 1024 - 2 };
    static unsigned found[65536];
    double chi_square = 0, expected = (double)DRAWS / PORTS;
    unsigned distinct = 0;

    for (unsigned i = 0; i < DRAWS; i++) {
        struct socket_grant grant = take(&server, VIA_UDP, SOCKET_NEW);
        found[grant.port]++;
        sockets_forget(sockets, grant.socket);
    }
    for (unsigned port = 0; port < 65536; port++) {
        if (port < 1024 || port == 4791 || port == 11211) {
            ck_assert_uint_eq(found[port], 0);
            continue;
        }
        distinct += found[port] > 0;
        chi_square += (found[port] - expected) * (found[port] - expected) / expected;
    }
    ck_assert_uint_ge(distinct, 60000);
    ck_assert(fabs(chi_square - PORTS) < 6 * sqrt(2.0 * PORTS));
}
END_TEST

START_TEST(a_port_is_drawn_whether_it_is_needed_or_not) /* runs repeat */
{
    struct prng twin;

    uint32_t socket = again();
    ck_assert(sockets_answered(sockets, socket, now));
    twin = prng;
    again(); /* the idle one */
    struct prng after = prng;
    prng = twin;
    take(&other, VIA_UDP, SOCKET_AGAIN); /* a new one */
    ck_assert_uint_eq(prng_u64(&prng), prng_u64(&after));
}
END_TEST

/* ---- a hundred thousand steps against a model ---- */

enum kept { GONE, ASKED, IDLE };

static struct {
    uint32_t socket;
    enum kept kept;
} model[FEW];

/* Whoever has it in the model gives it up; it must have been idle. */
static void given_again(uint32_t socket)
{
    for (unsigned i = 0; i < FEW; i++) {
        if (model[i].kept != GONE && model[i].socket == socket) {
            ck_assert_int_eq(model[i].kept, IDLE);
            model[i].kept = GONE;
        }
    }
}

static void random_step(unsigned at, unsigned draw)
{
    if (model[at].kept == GONE) {
        struct socket_grant grant = take(&server, VIA_UDP, (enum socket_use)(draw & 1));
        given_again(grant.socket);
        model[at].socket = grant.socket;
        model[at].kept = ASKED;
    } else if (draw < 3 && model[at].kept == ASKED) {
        if (sockets_answered(sockets, model[at].socket, now))
            model[at].kept = IDLE;
    } else {
        sockets_forget(sockets, model[at].socket);
        model[at].kept = GONE;
    }
}

static bool agrees(void)
{
    bool same = true;
    unsigned open = 0;

    for (unsigned i = 0; i < FEW; i++) {
        if (model[i].kept == GONE)
            continue;
        bool asked = sockets_fetch(sockets, model[i].socket) != NULL;
        same =
            same && sockets_exists(sockets, model[i].socket) && asked == (model[i].kept == ASKED);
        open++;
    }
    return same && sockets_open(sockets) == open;
}

START_TEST(no_question_leaves_from_a_closed_port) /* SPEC I4, RULINGS B10 */
{
    ports_add(&closed, 1024, UINT16_MAX - SOCKET_PORTS_MIN);
    ports_add(&closed, 50000, 50000);
    for (unsigned i = 0; i < 200000; i++) {
        struct socket_grant grant = take(&server, VIA_UDP, SOCKET_NEW);
        ck_assert_uint_gt(grant.port, UINT16_MAX - SOCKET_PORTS_MIN);
        ck_assert_uint_ne(grant.port, 50000);
        sockets_forget(sockets, grant.socket);
    }
}
END_TEST

START_TEST(random_steps_agree_with_the_model)
{
    uint32_t gone;

    for (unsigned step = 0; step < 100000; step++) {
        random_step(prng_below(&prng, FEW), prng_below(&prng, 4));
        now = instant_after_ms(now, prng_below(&prng, 100));
        while (sockets_expire(sockets, now, &gone))
            given_again(gone);
        ck_assert_msg(agrees(), "step %u", step);
    }
}
END_TEST

#ifdef CATENA_TESTING
START_TEST(without_memory_there_is_no_table)
{
    for (uint64_t allocations = 0; allocations < 3; allocations++) {
        memory_fail_after(allocations);
        struct sockets *made = sockets_create(&limits, &closed, &key);
        if (!memory_fail_stop())
            ck_assert_ptr_nonnull(made);
        else
            ck_assert_ptr_null(made);
        sockets_destroy(made);
    }
}
END_TEST
#endif

Suite *engine_sockets_suite(void)
{
    Suite *suite = suite_create("engine/sockets");
    TCase *sockets_case = tcase_create("sockets"), *many = tcase_create("many");
    tcase_add_checked_fixture(sockets_case, set_up, tear_down);
    tcase_add_test(sockets_case, a_number_names_its_fetch_until_it_is_forgotten);
    tcase_add_test(sockets_case, an_old_number_never_names_a_new_socket);
    tcase_add_test(sockets_case, numbers_that_were_never_given_name_nothing);
    tcase_add_test(sockets_case, an_answered_socket_serves_the_same_server_again);
    tcase_add_test(sockets_case, nothing_else_may_use_it);
    tcase_add_test(sockets_case, a_socket_serves_so_often_and_no_more);
    tcase_add_test(sockets_case, a_socket_serves_so_long_and_no_longer);
    tcase_add_test(sockets_case, tcp_and_what_is_not_asked_never_fall_idle);
    tcase_add_test(sockets_case, a_second_copy_of_the_last_answer_is_known);
    tcase_add_test(sockets_case, idle_sockets_go_when_their_time_is_over);
    tcase_add_test(sockets_case, idle_sockets_make_room_before_the_table_is_full);
    tcase_add_test(sockets_case, there_are_so_many_sockets_and_no_more);
    tcase_add_test(sockets_case, a_port_is_drawn_whether_it_is_needed_or_not);
#ifdef CATENA_TESTING
    tcase_add_test(sockets_case, without_memory_there_is_no_table);
#endif
    suite_add_tcase(suite, sockets_case);
    tcase_add_checked_fixture(many, set_up, tear_down);
    tcase_set_timeout(many, 30);
    tcase_add_test(many, ports_are_drawn_evenly_from_all_that_may_be);
    tcase_add_test(many, no_question_leaves_from_a_closed_port);
    tcase_add_test(many, random_steps_agree_with_the_model);
    suite_add_tcase(suite, many);
    return suite;
}
