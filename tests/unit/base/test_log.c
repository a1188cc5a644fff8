#include "lib/base/log.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "tests/unit/suites.h"

static const struct {
    const char *why, *octets;
    size_t len;
    const char *text;
} escapes[] = {
    { "letters, digits and marks stay", "aZ09.-_ ", 8, "aZ09.-_ " },
    { "a line does not end", "a\nb\r", 4, "a\\010b\\013" },
    { "a terminal hears nothing", "\x1b[2J", 4, "\\027\\0912J" },
    { "NUL is an octet", "a\0b", 3, "a\\000b" },
    { "UTF-8 is not trusted", "\xc3\xa4\xff", 3, "\\195\\164\\255" },
    { "quotes of JSON and shells", "\"'\\", 3, "\\034\\039\\092" },
};

START_TEST(log_escape_lets_only_plain_octets_through) /* LIMITS H5 */
{
    char text[64];
    log_escape(text, sizeof text, escapes[_i].octets, escapes[_i].len);
    ck_assert_msg(strcmp(text, escapes[_i].text) == 0, "%s: %s", escapes[_i].why, text);
}
END_TEST

START_TEST(log_escape_ends_within_its_size_and_cuts_no_escape)
{
    static const char *const expected[] = { "", "a", "a", "a", "a", "a\\010", "a\\010b" };
    char text[16];
    for (size_t size = 1; size < 8; size++) {
        memset(text, 'x', sizeof text);
        log_escape(text, size, "a\nb", 3);
        ck_assert_str_eq(text, expected[size - 1]);
        ck_assert_int_eq(text[size], 'x');
    }
    text[0] = 'x';
    log_escape(text, 0, "a", 1);
    ck_assert_int_eq(text[0], 'x');
}
END_TEST

static struct instant at_s(uint64_t s)
{
    return (struct instant){ s * NS_PER_S };
}

START_TEST(log_may_repeat_lets_a_key_speak_each_30_seconds) /* LIMITS H6 */
{
    ck_assert(log_may_repeat(LOG_INFO, 7, at_s(0)));
    ck_assert(!log_may_repeat(LOG_INFO, 7, at_s(0)));
    ck_assert(!log_may_repeat(LOG_INFO, 7, (struct instant){ 30 * NS_PER_S - 1 }));
    ck_assert(log_may_repeat(LOG_INFO, 7, at_s(30)));
    ck_assert(
        !log_may_repeat(LOG_INFO, 7, at_s(29))); /* another thread's clock, read a little earlier */
    ck_assert(!log_may_repeat(LOG_INFO, 7, at_s(59)));
    ck_assert(log_may_repeat(LOG_INFO, 7, at_s(60)));
}
END_TEST

START_TEST(log_may_repeat_knows_keys_apart)
{
    for (uint64_t key = 0; key < 100; key++)
        ck_assert_msg(log_may_repeat(LOG_INFO, key, at_s(5)), "%" PRIu64, key);
    for (uint64_t key = 0; key < 100; key++)
        ck_assert_msg(!log_may_repeat(LOG_INFO, key, at_s(6)), "%" PRIu64, key);
}
END_TEST

START_TEST(log_may_repeat_gives_up_the_key_that_spoke_longest_ago)
{
    for (uint64_t key = 0; key < 10000; key++) /* far more than its table holds */
        ck_assert(log_may_repeat(LOG_INFO, key, (struct instant){ key }));
    int known = 0;
    for (uint64_t key = 9900; key < 10000; key++)
        known += !log_may_repeat(LOG_INFO, key, (struct instant){ 10000 });
    ck_assert_int_ge(known, 90);
    ck_assert(log_may_repeat(LOG_INFO, 0, (struct instant){ 10000 }));
}
END_TEST

START_TEST(keys_that_clients_cause_push_out_no_others)
{
    ck_assert(log_may_repeat(LOG_NOTICE, 7, at_s(1)));
    for (uint64_t key = 0; key < 10000; key++)
        (void)log_may_repeat(LOG_INFO, key, at_s(2));
    ck_assert(!log_may_repeat(LOG_WARNING, 7, at_s(3)));
}
END_TEST

#ifdef CATENA_TESTING

#define WHEN "2026-11-22T10:31:41Z"

static int file; /* what the log is drained to */
static char written[8 << 20];

static void pretend_s(uint64_t s)
{
    log_pretend(at_s(s), (struct unixtime){ 1795343501 });
}

static void set_up(void)
{
    file = memfd_create("log", 0);
    ck_assert_int_ge(file, 0);
    pretend_s(1000);
    ck_assert_int_eq(log_start(file), ST_OK);
}

static void tear_down(void)
{
    log_stop();
    close(file);
}

/* Drains; what has come since the beginning. */
static const char *drained(void)
{
    log_drain();
    ssize_t len = pread(file, written, sizeof written - 1, 0);
    ck_assert_int_ge(len, 0);
    written[len] = '\0';
    return written;
}

START_TEST(a_line_is_time_level_and_text)
{
    log_line(LOG_ERROR, "disk of %s: %d", "state", 5);
    log_line(LOG_WARNING, "w");
    log_line(LOG_NOTICE, "n");
    log_line(LOG_INFO, "i");
    log_line(LOG_DEBUG, "d"); /* below the level there is at the beginning */
    ck_assert_str_eq(drained(), WHEN " error disk of state: 5\n" WHEN " warning w\n" WHEN
                                     " notice n\n" WHEN " info i\n");
}
END_TEST

START_TEST(log_level_set_moves_the_threshold)
{
    log_level_set(LOG_ERROR);
    log_line(LOG_WARNING, "w");
    log_level_set(LOG_DEBUG);
    log_line(LOG_DEBUG, "d");
    ck_assert_str_eq(drained(), WHEN " debug d\n");
}
END_TEST

START_TEST(a_message_cannot_forge_a_line) /* LIMITS H5 */
{
    log_line(LOG_INFO, "%s", "a\n2026 error b\x1b\x7f\xe4 \"c\" \\ \\010 \\01 \\999");
    ck_assert_str_eq(drained(), WHEN " info a\\0102026 error b\\027\\127\\228 \"c\" \\092 \\010 "
                                     "\\09201 \\999\n");
}
END_TEST

START_TEST(json_is_one_object_a_line) /* RFC 8259 §7 */
{
    log_format_set(LOG_JSON);
    log_line(LOG_INFO, "%s", "a\n\"b\" \\ \\010 \xff");
    ck_assert_str_eq(drained(), "{\"time\":\"" WHEN "\",\"level\":\"info\",\"text\":\"a\\\\010"
                                "\\\"b\\\" \\\\092 \\\\010 \\\\255\"}\n");
}
END_TEST

START_TEST(a_long_line_is_cut_at_a_whole_octet_and_still_ends)
{
    char text[2 * LOG_LINE];
    for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
        memset(text, '\n', sizeof text - 1);
        text[sizeof text - 1] = '\0';
        log_format_set((enum log_format)format);
        log_line(LOG_INFO, "%s", text);
    }
    char *first = memory_text(drained()), *second = strchr(first, '\n') + 1;
    ck_assert_int_le(second - first, LOG_LINE);
    ck_assert_int_gt(second - first, LOG_LINE - 8);
    ck_assert_int_eq(memcmp(second - 5, "\\010\n", 5), 0);
    size_t len = strlen(second);
    ck_assert_uint_le(len, LOG_LINE);
    ck_assert_uint_gt(len, LOG_LINE - 8);
    ck_assert_str_eq(second + len - 8, "\\\\010\"}\n");
    memory_free(first);
}
END_TEST

static int lines_of(const char *text)
{
    int lines = 0;
    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

START_TEST(a_second_has_its_number_of_lines_and_the_rest_is_counted) /* LIMITS H6 */
{
    for (int i = 0; i < LOG_COMMON_LINES_PER_S + 37; i++)
        log_line(LOG_INFO, "flood");
    ck_assert_int_eq(lines_of(drained()), LOG_COMMON_LINES_PER_S);
    pretend_s(1001);
    log_line(LOG_INFO, "after");
    ck_assert_ptr_nonnull(strstr(drained(), "\n" WHEN " info after (37 lines left out)\n"));
    log_line(LOG_INFO, "again");
    ck_assert_ptr_nonnull(strstr(drained(), "\n" WHEN " info again\n"));
}
END_TEST

static int times_of(const char *text, const char *word)
{
    int times = 0;
    while ((text = strstr(text, word)) != NULL) {
        text += strlen(word);
        times++;
    }
    return times;
}

START_TEST(what_clients_cause_leaves_lines_for_what_is_graver) /* LIMITS H6 */
{
    for (int i = 0; i < 200; i++) {
        log_line(LOG_INFO, "common");
        log_line(LOG_DEBUG, "common");
    }
    for (int i = 0; i < 200; i++)
        log_line(LOG_WARNING, "strange");
    for (int i = 0; i < 200; i++)
        log_line(LOG_ERROR, "grave");
    const char *text = drained();
    ck_assert_int_eq(times_of(text, "common"), LOG_COMMON_LINES_PER_S);
    ck_assert_int_eq(times_of(text, "strange"),
                     LOG_LINES_PER_S - LOG_GRAVE_LINES_PER_S - LOG_COMMON_LINES_PER_S);
    ck_assert_int_eq(times_of(text, "grave"), LOG_GRAVE_LINES_PER_S);
}
END_TEST

START_TEST(a_repeat_is_counted_in_the_next_line)
{
    (void)log_may_repeat(LOG_INFO, 1, at_s(1));
    (void)log_may_repeat(LOG_INFO, 1, at_s(2));
    (void)log_may_repeat(LOG_INFO, 1, at_s(3));
    log_format_set(LOG_JSON);
    log_line(LOG_INFO, "x");
    ck_assert_ptr_nonnull(strstr(drained(), "\"text\":\"x\",\"left_out\":2}\n"));
}
END_TEST

START_TEST(a_full_ring_leaves_lines_out_and_keeps_the_older_ones)
{
    int lines = 1200, kept = 0; /* of 930 octets each: above 1 MiB */
    for (int i = 0; i < lines; i++) {
        pretend_s(2000 + (uint64_t)i);
        log_line(LOG_INFO, "%d %0900d", i, 0);
    }
    const char *text = drained();
    ck_assert_uint_le(strlen(text), 1 << 20);
    ck_assert_uint_gt(strlen(text), (1 << 20) - 1000);
    for (const char *at = text; *at != '\0'; at = strchr(at, '\n') + 1, kept++)
        ck_assert_int_eq(strtol(at + strlen(WHEN " info "), NULL, 10), kept);
    log_line(LOG_INFO, "after");
    char expected[64];
    snprintf(expected, sizeof expected, " info after (%d lines left out)\n", lines - kept);
    ck_assert_ptr_nonnull(strstr(drained(), expected));
}
END_TEST

/* 0: a pipe. 1: a socket with so small a buffer that it takes part of what it is sent, so that the
 * ring's end does not fall between two writes. */
static void open_pair(int pair[2], int kind)
{
    int octets = 1;
    ck_assert_int_eq(kind == 0 ? pipe(pair) : socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    if (kind == 1)
        ck_assert_int_eq(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &octets, sizeof octets), 0);
}

START_TEST(the_ring_goes_round_without_losing_an_octet)
{
    int pair[2], differs = 0;
    size_t octets = 0, line = strlen(WHEN " info \n") + 900;
    log_stop();
    open_pair(pair, _i);
    ck_assert_int_eq(log_start(pair[1]), ST_OK);
    for (int i = 0; i < 4000; i++) { /* the reader is 200 lines behind: the ring is never empty */
        pretend_s(2000 + (uint64_t)i);
        log_line(LOG_INFO, "%0900d", 7);
        log_drain();
        if (i < 200)
            continue;
        ssize_t got = read(pair[0], written + octets, line);
        octets += got > 0 ? (size_t)got : 0;
    }
    ck_assert_uint_gt(octets, 3 << 20);
    for (size_t at = 0; at + line <= octets; at += line)
        differs += memcmp(written + at, written, line) != 0;
    ck_assert_int_eq(differs, 0);
    ck_assert_int_eq(written[line - 1], '\n');
}
END_TEST

/* Fills what `fd` takes without a reader; log_drain must come back all the same. */
static void drain_into(int fd)
{
    log_stop();
    ck_assert_int_eq(log_start(fd), ST_OK);
    for (int i = 0; i < 1000; i++) {
        pretend_s(2000 + (uint64_t)i);
        log_line(LOG_INFO, "%0*d", 900, i);
    }
    log_drain();
    log_drain();
}

START_TEST(log_drain_never_blocks_on_a_full_pipe)
{
    int pair[2];
    ck_assert_int_eq(pipe(pair), 0);
    drain_into(pair[1]);
    ck_assert_int_gt(read(pair[0], written, sizeof written), 60000);
    ck_assert_int_eq(fcntl(pair[1], F_GETFL) & O_NONBLOCK, 0); /* others share the file */
}
END_TEST

START_TEST(log_drain_never_blocks_on_a_full_socket)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    drain_into(pair[1]);
    ck_assert_int_gt(recv(pair[0], written, sizeof written, 0), 900);
}
END_TEST

START_TEST(a_reader_that_is_gone_costs_nothing_but_lines)
{
    int pipes[2], sockets[2];
    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    close(pipes[0]);
    close(sockets[0]);
    drain_into(pipes[1]); /* no SIGPIPE */
    drain_into(sockets[1]);
}
END_TEST

START_TEST(log_start_refuses_what_is_no_file_and_a_second_start)
{
    ck_assert_int_eq(log_start(file), ST_BUSY);
    log_stop();
    ck_assert_int_eq(log_start(-1), ST_IO);
    memory_fail_after(0);
    ck_assert_int_eq(log_start(file), ST_NOMEM);
    ck_assert_int_eq(log_start(file), ST_OK);
}
END_TEST

START_TEST(before_log_start_lines_go_to_standard_error_at_once)
{
    log_stop();
    ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
    log_line(LOG_INFO, "tool");
    ssize_t len = pread(file, written, sizeof written - 1, 0);
    written[len] = '\0';
    ck_assert_str_eq(written, WHEN " info tool\n");
}
END_TEST

static TCase *lines_case(void)
{
    TCase *lines = tcase_create("log_line");
    tcase_add_checked_fixture(lines, set_up, tear_down);
    tcase_add_test(lines, a_line_is_time_level_and_text);
    tcase_add_test(lines, log_level_set_moves_the_threshold);
    tcase_add_test(lines, a_message_cannot_forge_a_line);
    tcase_add_test(lines, json_is_one_object_a_line);
    tcase_add_test(lines, a_long_line_is_cut_at_a_whole_octet_and_still_ends);
    tcase_add_test(lines, a_second_has_its_number_of_lines_and_the_rest_is_counted);
    tcase_add_test(lines, what_clients_cause_leaves_lines_for_what_is_graver);
    tcase_add_test(lines, a_repeat_is_counted_in_the_next_line);
    return lines;
}

static TCase *drain_case(void)
{
    TCase *drain = tcase_create("log_drain");
    tcase_add_checked_fixture(drain, set_up, tear_down);
    tcase_add_test(drain, a_full_ring_leaves_lines_out_and_keeps_the_older_ones);
    tcase_add_loop_test(drain, the_ring_goes_round_without_losing_an_octet, 0, 2);
    tcase_add_test(drain, log_drain_never_blocks_on_a_full_pipe);
    tcase_add_test(drain, log_drain_never_blocks_on_a_full_socket);
    tcase_add_test(drain, a_reader_that_is_gone_costs_nothing_but_lines);
    tcase_add_test(drain, log_start_refuses_what_is_no_file_and_a_second_start);
    tcase_add_test(drain, before_log_start_lines_go_to_standard_error_at_once);
    return drain;
}
#endif

Suite *base_log_suite(void)
{
    Suite *suite = suite_create("base/log");
    TCase *escape = tcase_create("log_escape"), *repeat = tcase_create("log_may_repeat");
    int count = sizeof escapes / sizeof *escapes;
    tcase_add_loop_test(escape, log_escape_lets_only_plain_octets_through, 0, count);
    tcase_add_test(escape, log_escape_ends_within_its_size_and_cuts_no_escape);
    tcase_add_test(repeat, log_may_repeat_lets_a_key_speak_each_30_seconds);
    tcase_add_test(repeat, log_may_repeat_knows_keys_apart);
    tcase_add_test(repeat, log_may_repeat_gives_up_the_key_that_spoke_longest_ago);
    tcase_add_test(repeat, keys_that_clients_cause_push_out_no_others);
    suite_add_tcase(suite, escape);
    suite_add_tcase(suite, repeat);
#ifdef CATENA_TESTING
    suite_add_tcase(suite, lines_case());
    suite_add_tcase(suite, drain_case());
#endif
    return suite;
}
