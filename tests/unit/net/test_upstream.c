#include "lib/net/upstream.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

#include "tests/unit/net/asker_test.h"

static void until_over(void)
{
    unsigned turns = 0;
    while (!got.over) {
        ck_assert_uint_lt(turns++, TURNS_MAX);
        loop_once(bench.loop);
    }
}

/* ---- UDP ---- */

START_TEST(a_reply_comes_back_to_the_engine)
{
    ask_for("www.test.", TYPE_A);
    serve_udp(REPLY_WHOLE, 2);
    until_over();
    ck_assert_uint_eq(rcode(), RCODE_NOERROR);
    ck_assert_uint_eq(answers(), 2);
    ck_assert_uint_eq(bench.metrics.upstream_packets, 1);
}
END_TEST

START_TEST(the_source_port_is_the_one_that_was_drawn) /* RFC 5452 §9.2 */
{
    uint8_t query[SERVER_OCTETS];
    uint16_t ports[4];
    for (unsigned i = 0; i < 4; i++) {
        char name[] = "n0.test.";
        name[1] = (char)('0' + i);
        ask_for(name, TYPE_A);
        (void)read_question(query);
        ports[i] = server.peer.sin_port;
        for (unsigned j = 0; j < i; j++)
            ck_assert_uint_ne(ports[i], ports[j]);
    }
}
END_TEST

START_TEST(an_empty_datagram_and_a_flood_of_junk_are_lived_through)
{
    uint8_t query[SERVER_OCTETS], reply[SERVER_OCTETS];
    ask_for("www.test.", TYPE_A);
    (void)read_question(query);
    send_reply(reply, 0);
    for (unsigned i = 0; i < 10; i++)
        send_reply(query, i);
    until_readable(server.tcp); /* LIMITS A4: the first wrong datagram leads to TCP */
    ck_assert_uint_ge(bench.metrics.upstream_mismatches + bench.metrics.upstream_malformed, 1);
}
END_TEST

START_TEST(icmp_refused_ends_an_exchange_at_once) /* RULINGS A23 */
{
    bench_end();
    server_down();
    server_up();
    start("127.0.0.2"); /* nobody listens on that port there */
    ask_for("www.test.", TYPE_A);
    until_over();
    ck_assert_uint_eq(rcode(), RCODE_SERVFAIL);
    ck_assert_uint_ge(bench.metrics.upstream_packets, 1);
    ck_assert_uint_eq(bench.metrics.upstream_timeouts, 0);
    ck_assert_uint_eq(bench.metrics.upstream_local_errors, 0);
}
END_TEST

START_TEST(servers_have_ipv6_too)
{
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    if (fd < 0)
        return; /* a machine without */
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return;
    }
    bench_end();
    server_down();
    server_up();
    uint16_t port = server.port;
    server.port = port_of(fd);
    start("::1");
    ask_for("www.test.", TYPE_A);
    until_readable(fd);
    server.port = port;
    close(fd);
}
END_TEST

/* ---- what fails before anything is sent ---- */

static struct upstream_socket alone;

static struct send datagram(const char *to, uint16_t source_port)
{
    struct send send = { .use = SOCKET_NEW, .via = VIA_UDP, .port = source_port };
    ck_assert_int_eq(endpoint_parse(to, server.port, &send.to), ST_OK);
    send.message = SPAN("octets");
    return send;
}

static void socket_alone(struct upstream *upstream)
{
    alone = (struct upstream_socket){ .watcher.fd = -1, .upstream = upstream, .number = 77 };
    list_init(&alone.failing);
}

START_TEST(a_drawn_port_that_is_taken_is_drawn_again) /* RULINGS A23 */
{
    struct upstream *upstream = upstream_create(bench.loop);
    int holder = bound(SOCK_DGRAM, "0.0.0.0", 0);
    struct send send = datagram("127.0.0.1", port_of(holder));

    ck_assert_ptr_nonnull(upstream);
    socket_alone(upstream);
    upstream_udp_open(&alone, &send);
    ck_assert_int_eq(alone.watcher.fd, -1);
    ck_assert(!list_empty(&alone.failing));
    ck_assert_uint_eq(alone.failure, SEND_NO_PORT);
    upstream_tell_failures(upstream); /* the engine knows no such socket */
    ck_assert(list_empty(&alone.failing));
    close(holder);
    upstream_destroy(upstream);
}
END_TEST

START_TEST(a_machine_out_of_descriptors_is_no_fault_of_a_server) /* LIMITS G6 */
{
    struct upstream *upstream = upstream_create(bench.loop);
    struct send send = datagram("127.0.0.1", 0);
    struct rlimit limit, none = { 3, 3 };

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none.rlim_max = limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    socket_alone(upstream);
    upstream_udp_open(&alone, &send);
    ck_assert_uint_eq(alone.failure, SEND_LOCAL);
    list_remove(&alone.failing);
    socket_alone(upstream);
    send.via = VIA_TCP;
    upstream_stream_open(&alone, &send);
    ck_assert_uint_eq(alone.failure, SEND_LOCAL);
    ck_assert_ptr_null(alone.stream);
    list_remove(&alone.failing);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    upstream_destroy(upstream);
}
END_TEST

START_TEST(many_questions_that_cannot_leave_all_end) /* RULINGS A23 */
{
    struct rlimit limit, none = { 3, 3 };
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none.rlim_max = limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (unsigned i = 0; i < 200; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%u.test.", i);
        ask_for(name, TYPE_A);
        until_over();
        ck_assert_uint_eq(rcode(), RCODE_SERVFAIL);
    }
    ck_assert_uint_ge(bench.metrics.upstream_local_errors, 1);
    ck_assert_uint_eq(bench.metrics.upstream_tcp_local_errors, 0);
    ck_assert_uint_eq(bench.metrics.upstream_timeouts, 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}
END_TEST

static const struct {
    int error;
    enum send_failure own, path;
} classes[] = {
    { EADDRINUSE, SEND_NO_PORT, SEND_REFUSED },  { EACCES, SEND_NO_PORT, SEND_REFUSED },
    { EADDRNOTAVAIL, SEND_LOCAL, SEND_REFUSED }, { ENETUNREACH, SEND_LOCAL, SEND_REFUSED },
    { EHOSTUNREACH, SEND_LOCAL, SEND_REFUSED },  { ECONNREFUSED, SEND_LOCAL, SEND_REFUSED },
    { ECONNRESET, SEND_LOCAL, SEND_REFUSED },    { ETIMEDOUT, SEND_LOCAL, SEND_REFUSED },
    { EPERM, SEND_LOCAL, SEND_LOCAL },           { ENOBUFS, SEND_LOCAL, SEND_LOCAL },
    { EMFILE, SEND_LOCAL, SEND_REFUSED },        { ENETDOWN, SEND_LOCAL, SEND_LOCAL },
};

START_TEST(icmp_messages_never_mark_a_family_down) /* RULINGS A23, LIMITS A7 */
{
    ck_assert_int_eq(upstream_own_fault(classes[_i].error), classes[_i].own);
    ck_assert_int_eq(upstream_path_fault(classes[_i].error), classes[_i].path);
}
END_TEST

START_TEST(a_number_that_is_not_open_may_be_closed)
{
    struct upstream *upstream = upstream_create(bench.loop);
    struct send send = datagram("127.0.0.1", 0);
    uint8_t query[SERVER_OCTETS];

    upstream_close(upstream, 5);
    send.socket = 5;
    upstream_send(upstream, &send);
    ck_assert_uint_eq(recv(server.udp, query, sizeof query, 0), 6);
    upstream_close(upstream, 65536 + 5); /* the same slot, another generation */
    send.use = SOCKET_AGAIN;
    upstream_send(upstream, &send);
    ck_assert_uint_eq(recv(server.udp, query, sizeof query, 0), 6);
    upstream_close(upstream, 5);
    upstream_close(upstream, 5);
    upstream_destroy(upstream);
    upstream_destroy(NULL);
}
END_TEST

Suite *net_upstream_suite(void)
{
    Suite *suite = suite_create("net/upstream");
    TCase *udp = tcase_create("udp"), *failures = tcase_create("failures");

    tcase_add_checked_fixture(udp, set_up, tear_down);
    tcase_add_test(udp, a_reply_comes_back_to_the_engine);
    tcase_add_test(udp, the_source_port_is_the_one_that_was_drawn);
    tcase_add_test(udp, an_empty_datagram_and_a_flood_of_junk_are_lived_through);
    tcase_add_test(udp, icmp_refused_ends_an_exchange_at_once);
    tcase_add_test(udp, servers_have_ipv6_too);
    suite_add_tcase(suite, udp);
    tcase_add_checked_fixture(failures, set_up, tear_down);
    tcase_add_test(failures, a_drawn_port_that_is_taken_is_drawn_again);
    tcase_add_test(failures, a_machine_out_of_descriptors_is_no_fault_of_a_server);
    tcase_add_test(failures, many_questions_that_cannot_leave_all_end);
    tcase_add_loop_test(failures, icmp_messages_never_mark_a_family_down, 0,
                        sizeof classes / sizeof *classes);
    tcase_add_test(failures, a_number_that_is_not_open_may_be_closed);
    suite_add_tcase(suite, failures);
    return suite;
}
