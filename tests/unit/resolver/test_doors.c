#include "resolver/doors.h"

#include <errno.h>
#include <fcntl.h>

#include "tests/unit/net/server_test.h"

static struct doors doors;

/* What is said about doors is for the operator of a daemon, not of a test. */
static void set_up(void)
{
    int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(quiet, 0);
    ck_assert_int_eq(log_start(quiet), ST_OK);
    server_up();
}

static void tear_down(void)
{
    doors_close(&doors);
    doors_close(&doors);
    server_down();
    log_stop();
}

/* A port that nobody has: the server's, given back. */
static struct endpoint at(const char *text)
{
    struct endpoint endpoint;
    ck_assert_int_eq(endpoint_parse(text, server.port, &endpoint), ST_OK);
    return endpoint;
}

static void give_port_back(void)
{
    server_down();
    server.udp = server.tcp = -1;
}

static int option_of(int fd, int option)
{
    int value = -1;
    socklen_t len = sizeof value;
    ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, option, &value, &len), 0);
    return value;
}

START_TEST(each_worker_has_sockets_of_its_own) /* RULINGS B1 */
{
    struct endpoint addresses[] = { at("127.0.0.1"), at("127.0.0.2") };
    give_port_back();
    ck_assert_int_eq(doors_open(&doors, addresses, 2, 3, LISTEN_WRITTEN), ST_OK);
    for (unsigned i = 0; i < 6; i++) {
        struct door *door = &doors.list[i];
        ck_assert_int_eq(option_of(door->udp, SO_TYPE), SOCK_DGRAM);
        ck_assert_int_eq(option_of(door->tcp, SO_ACCEPTCONN), 1);
        ck_assert_int_eq(option_of(door->udp, SO_REUSEPORT), 1);
        ck_assert_uint_eq(port_of(door->udp), server.port);
        ck_assert_uint_eq(port_of(door->tcp), server.port);
        ck_assert(!door->wildcard);
        ck_assert_int_ne(fcntl(door->udp, F_GETFL) & O_NONBLOCK, 0);
        ck_assert_int_ne(fcntl(door->tcp, F_GETFD) & FD_CLOEXEC, 0);
    }
}
END_TEST

START_TEST(all_addresses_are_a_wildcard)
{
    struct endpoint address = at("0.0.0.0");
    give_port_back();
    ck_assert_int_eq(doors_open(&doors, &address, 1, 1, LISTEN_WRITTEN), ST_OK);
    ck_assert(doors.list[0].wildcard);
}
END_TEST

START_TEST(a_port_that_another_program_has_is_an_error)
{
    struct endpoint address = at("127.0.0.1");
    if (_i == 0)
        close(server.tcp); /* one of the two is enough */
    else
        close(server.udp);
    ck_assert_int_eq(doors_open(&doors, &address, 1, 2, LISTEN_WRITTEN), ST_IO);
    ck_assert_int_eq(doors.list[0].udp, -1);
    ck_assert_int_eq(doors.list[0].tcp, -1);
    if (_i == 0)
        server.tcp = -1;
    else
        server.udp = dup(server.tcp);
}
END_TEST

START_TEST(a_second_daemon_does_not_share_the_port)
{
    struct endpoint address = at("127.0.0.1");
    struct doors second = { .list = NULL };
    give_port_back();
    ck_assert_int_eq(doors_open(&doors, &address, 1, 1, LISTEN_WRITTEN), ST_OK);
    ck_assert_int_eq(doors_open(&second, &address, 1, 1, LISTEN_WRITTEN), ST_IO);
    doors_close(&second);
}
END_TEST

START_TEST(a_default_address_that_is_not_there_is_skipped) /* RULINGS A27 */
{
    struct endpoint addresses[] = { at("192.0.2.77"), at("127.0.0.1") };
    give_port_back();
    ck_assert_int_eq(doors_open(&doors, addresses, 2, 1, LISTEN_DEFAULT), ST_OK);
    ck_assert_int_eq(doors.list[0].udp, -1);
    ck_assert_int_eq(doors.list[0].tcp, -1);
    ck_assert_int_ge(doors.list[1].udp, 0);
}
END_TEST

START_TEST(no_address_at_all_is_an_error)
{
    struct endpoint address = at("192.0.2.77");
    give_port_back();
    ck_assert_int_eq(doors_open(&doors, &address, 1, 1, LISTEN_DEFAULT), ST_IO);
}
END_TEST

START_TEST(a_written_address_may_come_up_later) /* RULINGS B39 */
{
    struct endpoint address = at("192.0.2.77");
    give_port_back();
    ck_assert_int_eq(doors_open(&doors, &address, 1, 1, LISTEN_WRITTEN), ST_OK);
}
END_TEST

START_TEST(what_was_handed_over_stays_open)
{
    struct endpoint address = at("127.0.0.1");
    give_port_back();
    ck_assert_int_eq(doors_open(&doors, &address, 1, 1, LISTEN_WRITTEN), ST_OK);
    int fd = doors.list[0].udp;
    doors.list[0].udp = -1;
    doors_close(&doors);
    ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
    close(fd);
}
END_TEST

Suite *resolver_doors_suite(void)
{
    Suite *suite = suite_create("resolver/doors");
    TCase *tcase = tcase_create("doors_open");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_worker_has_sockets_of_its_own);
    tcase_add_test(tcase, all_addresses_are_a_wildcard);
    tcase_add_loop_test(tcase, a_port_that_another_program_has_is_an_error, 0, 2);
    tcase_add_test(tcase, a_second_daemon_does_not_share_the_port);
    tcase_add_test(tcase, a_default_address_that_is_not_there_is_skipped);
    tcase_add_test(tcase, no_address_at_all_is_an_error);
    tcase_add_test(tcase, a_written_address_may_come_up_later);
    tcase_add_test(tcase, what_was_handed_over_stays_open);
    suite_add_tcase(suite, tcase);
    return suite;
}
