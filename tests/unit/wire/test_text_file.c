#include "lib/wire/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/wire/text_line.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

enum { LINE = 4096, RECORDS_MAX = 16, PATH = 512 };

/* ---- small files ---- */

struct taken {
    unsigned count, enough; /* enough 0: take all */
    struct text_record records[RECORDS_MAX];
    char texts[RECORDS_MAX][LINE];
};

static bool take(void *context, const struct text_record *record)
{
    struct taken *taken = context;

    ck_assert_uint_lt(taken->count, RECORDS_MAX);
    taken->records[taken->count] = *record;
    text_rdata(record->type, record->rdata, taken->texts[taken->count], LINE);
    taken->count++;
    return taken->count != taken->enough;
}

static enum status read_content(const char *content, size_t len, struct taken *taken,
                                char why[TEXT_WHY])
{
    char path[] = "/tmp/catena-text-XXXXXX";
    int fd = mkstemp(path);
    struct name origin = name_of("example.");
    struct text_source source = { .path = path, .origin = &origin, .ttl = 600 };

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, content, len), (ssize_t)len);
    close(fd);
    enum status status = text_read_file(&source, take, taken, why);
    unlink(path);
    return status;
}

static void assert_record(const struct taken *taken, unsigned index, const char *owner,
                          uint32_t ttl, const char *text)
{
    ck_assert_uint_gt(taken->count, index);
    assert_name(&taken->records[index].owner, owner);
    ck_assert_uint_eq(taken->records[index].ttl, ttl);
    ck_assert_str_eq(taken->texts[index], text);
}

START_TEST(a_file_has_directives_parentheses_comments_and_owners_left_out) /* RFC 1035 §5.1 */
{
    static const char content[] = "; a zone\r\n"
                                  "\n"
                                  "@ IN SOA ns hostmaster ( 1 ; serial\n"
                                  "      7200\n"
                                  "   3600 1209600 300 )\n"
                                  "   NS ns ; the owner is the last one\n"
                                  "$TTL 1h\n"
                                  "ns A 192.0.2.1\n"
                                  "\t60 IN AAAA 2001:db8::1\n"
                                  "$ORIGIN sub\n"
                                  "www CNAME @\n"
                                  "$ORIGIN other.\n"
                                  "w\\.w TXT \"( ; )\" \\; \\(\n"
                                  "a\\. A 192.0.2.2\n" /* the dot is of the label */
                                  "last MX 1 mail";    /* no line end */
    struct taken taken = { .count = 0 };
    char why[TEXT_WHY] = "";

    enum status status = read_content(content, sizeof(content) - 1, &taken, why);
    ck_assert_msg(status == ST_OK, "%s", why);
    ck_assert_uint_eq(taken.count, 8);
    assert_record(&taken, 0, "example.", 600,
                  "ns.example. hostmaster.example. 1 7200 3600 1209600 300");
    assert_record(&taken, 1, "example.", 600, "ns.example.");
    assert_record(&taken, 2, "ns.example.", 3600, "192.0.2.1");
    assert_record(&taken, 3, "ns.example.", 60, "2001:db8::1");
    assert_record(&taken, 4, "www.sub.example.", 3600, "sub.example.");
    assert_record(&taken, 5, "w\\.w.other.", 3600, "\"( ; )\" \";\" \"(\"");
    assert_record(&taken, 6, "a\\..other.", 3600, "192.0.2.2");
    assert_record(&taken, 7, "last.other.", 3600, "1 mail.other.");
}
END_TEST

START_TEST(a_reader_that_has_enough_ends_the_reading)
{
    static const char content[] = "a A 192.0.2.1\nb A 192.0.2.2\nnot read\n";
    struct taken taken = { .enough = 2 };
    char why[TEXT_WHY] = "";

    ck_assert_int_eq(read_content(content, sizeof(content) - 1, &taken, why), ST_OK);
    ck_assert_uint_eq(taken.count, 2);
}
END_TEST

static const struct broken {
    struct bytes content;
    const char *why;
} broken[] = {
    { BYTES("a A 192.0.2.1\n\nb A 192.0.2\n"), "line 3: '192.0.2' is not an IPv4 address" },
    { BYTES("a TXT ( x\n y\n z ) w\nb BOGUS\n"), "line 4: 'BOGUS'" },
    { BYTES("a A (\n192.0.2\n)\n"), "line 1: '192.0.2'" },
    { BYTES("a TXT (\n\n\n"), "line 1: a quote" },
    { BYTES("a TXT \"x\ny\"\n"), "line 1: a quote" },
    { BYTES("a A 192.0.2.1\0\n"), "line 1:" },
    { BYTES(" A 192.0.2.1\n"), "line 1: no owner" },
    { BYTES("$INCLUDE /etc/passwd\n"), "line 1: '$INCLUDE' is not a directive" },
    { BYTES("$GENERATE 1-2 a$ A 192.0.2.$\n"), "line 1: '$GENERATE' takes one word" },
    { BYTES("$TTL\n"), "line 1: '$TTL' takes one word" },
    { BYTES("$TTL x\n"), "line 1: 'x' is not an interval" },
    { BYTES("$ORIGIN a..b\n"), "line 1: 'a..b' is not a domain name" },
};

START_TEST(a_broken_file_says_where_and_why)
{
    struct taken taken = { .count = 0 };
    char why[TEXT_WHY] = "";
    struct bytes content = broken[_i].content;

    enum status status = read_content((const char *)content.at, content.len, &taken, why);
    ck_assert_int_eq(status, ST_MALFORMED);
    ck_assert_msg(strncmp(why, broken[_i].why, strlen(broken[_i].why)) == 0, "%s", why);
}
END_TEST

START_TEST(a_relative_name_may_not_grow_over_255_octets)
{
    static const char label[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh";
    char content[512], why[TEXT_WHY] = "";
    struct taken taken = { .count = 0 };

    /* With example. the origin has 4 * 61 + 9 octets: room for a label of one letter. */
    for (int letters = 1; letters <= 2; letters++) {
        int len = snprintf(content, sizeof(content), "$ORIGIN %s.%s.%s.%s\n%.*s A 192.0.2.1\n",
                           label, label, label, label, letters, "zz");
        enum status status = read_content(content, (size_t)len, &taken, why);
        ck_assert_int_eq(status, letters == 1 ? ST_OK : ST_MALFORMED);
    }
    ck_assert_msg(strstr(why, "'zz' is not a domain name") != NULL, "%s", why);
}
END_TEST

START_TEST(a_line_fills_its_room_and_no_more)
{
    for (size_t size = 1; size <= 10; size++) {
        char *room = memory_new(size);
        struct text_line line = text_line(room, size);
        enum line_event event = LINE_MORE;
        for (const char *at = "ab (c) d"; *at && event == LINE_MORE; at++)
            event = line_feed(&line, *at);
        ck_assert_int_eq(event, size < sizeof("ab c d") ? LINE_TOO_LONG : LINE_MORE);
        ck_assert_uint_lt(strlen(room), size);
        memory_free(room);
    }
}
END_TEST

START_TEST(a_line_without_end_is_refused)
{
    size_t len = 400000;
    char *content = memory_new(len), why[TEXT_WHY] = "";
    struct taken taken = { .count = 0 };

    memset(content, 'x', len);
    ck_assert_int_eq(read_content(content, len, &taken, why), ST_MALFORMED);
    ck_assert_msg(strstr(why, "longer than any record") != NULL, "%s", why);
    memory_free(content);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_an_io_error)
{
    struct text_source absent = { .path = "/nonexistent/zone" }, folder = { .path = "/" };
    struct taken taken = { .count = 0 };
    char why[TEXT_WHY] = "";

    ck_assert_int_eq(text_read_file(&absent, take, &taken, why), ST_IO);
    ck_assert_uint_gt(strlen(why), 0);
    ck_assert_int_eq(text_read_file(&folder, take, &taken, why), ST_IO);
}
END_TEST

/* ---- the root zone as published: each record prints to the line that it was read from ---- */

struct comparison {
    FILE *lines;
    size_t count;
};

/* The published file writes out zeros in IPv6 addresses, against RFC 5952 §4.2; and it fills up
 * columns with tabs. */
static void make_plain(char *line, uint16_t type)
{
    uint8_t address[16];
    char *last;

    for (char *at = line; (at = strstr(at, "\t\t")) != NULL;)
        memmove(at, at + 1, strlen(at));
    last = strrchr(line, '\t');
    if (type == TYPE_AAAA && last && inet_pton(AF_INET6, last + 1, address) == 1)
        inet_ntop(AF_INET6, address, last + 1, INET6_ADDRSTRLEN);
}

static bool compare(void *context, const struct text_record *record)
{
    static char line[LINE], text[LINE], owner[NAME_TEXT], expected[2 * LINE];
    struct comparison *comparison = context;
    char type[TYPE_TEXT];

    ck_assert_ptr_nonnull(fgets(line, sizeof(line), comparison->lines));
    line[strcspn(line, "\n")] = '\0';
    snprintf(expected, sizeof(expected), "%s\t%u\tIN\t%s\t%s",
             name_text(&record->owner, owner, sizeof(owner)), record->ttl,
             type_text(record->type, type),
             text_rdata(record->type, record->rdata, text, sizeof(text)));
    make_plain(line, record->type);
    ck_assert_str_eq(line, expected);
    comparison->count++;
    return true;
}

/* Runs xz with its output to `fd`; the test's process has no thread that a fork could hurt. */
static bool unpack(const char *packed, int fd)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        if (dup2(fd, STDOUT_FILENO) >= 0)
            (void)execlp("xz", "xz", "-dc", packed, (char *)NULL);
        _exit(EXIT_FAILURE);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static bool unpack_root_zone(char path[PATH])
{
    const char *data = getenv("CATENA_DATA");
    char packed[PATH];

    snprintf(packed, sizeof(packed), "%s/root-zone/2026073102.zone.xz",
             data ? data : "../shared/data");
    snprintf(path, PATH, "/tmp/catena-root-XXXXXX");
    int fd = access(packed, R_OK) == 0 ? mkstemp(path) : -1;
    if (fd < 0)
        return false;
    bool unpacked = unpack(packed, fd);
    close(fd);
    return unpacked;
}

START_TEST(the_root_zone_prints_as_it_was_published)
{
    struct comparison comparison = { .count = 0 };
    char path[PATH], why[TEXT_WHY] = "";

    if (!unpack_root_zone(path)) {
        printf("skipped: the root zone is not there (CATENA_DATA)\n");
        return;
    }
    comparison.lines = fopen(path, "r");
    ck_assert_ptr_nonnull(comparison.lines);
    struct text_source source = { .path = path };
    enum status status = text_read_file(&source, compare, &comparison, why);
    fclose(comparison.lines);
    unlink(path);
    ck_assert_msg(status == ST_OK, "%s", why);
    ck_assert_uint_gt(comparison.count, 20000);
}
END_TEST

Suite *wire_text_file_suite(void)
{
    Suite *suite = suite_create("wire/text_file");
    TCase *tcase = tcase_create("text_read_file");
    tcase_add_test(tcase, a_file_has_directives_parentheses_comments_and_owners_left_out);
    tcase_add_test(tcase, a_reader_that_has_enough_ends_the_reading);
    tcase_add_loop_test(tcase, a_broken_file_says_where_and_why, 0,
                        sizeof(broken) / sizeof(broken[0]));
    tcase_add_test(tcase, a_relative_name_may_not_grow_over_255_octets);
    tcase_add_test(tcase, a_line_fills_its_room_and_no_more);
    tcase_add_test(tcase, a_line_without_end_is_refused);
    tcase_add_test(tcase, a_file_that_cannot_be_read_is_an_io_error);
    tcase_add_test(tcase, the_root_zone_prints_as_it_was_published);
    suite_add_tcase(suite, tcase);
    return suite;
}
