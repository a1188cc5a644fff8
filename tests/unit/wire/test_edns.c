#include "lib/wire/edns.h"

#include "lib/base/limits.h"
#include "tests/unit/wire/wire_test.h"

static uint8_t room[65535];
static struct writer w;

static enum status read_options(struct bytes options, struct edns *edns)
{
    struct reader r = reader_over(options);
    return edns_read(&r, 1232, 0, EDNS_OF_QUERY, edns);
}

/* ---- reading ---- */

START_TEST(edns_read_takes_apart_class_and_ttl) /* RFC 6891 §6.1.3, RFC 3225 §3 */
{
    struct edns edns = { .present = false };
    struct reader r = reader_over(SPAN(""));
    ck_assert_int_eq(edns_read(&r, 4096, 0x12008000, EDNS_OF_QUERY, &edns), ST_OK);
    ck_assert(edns.present && edns.dnssec_ok && !edns.compact_ok);
    ck_assert_uint_eq(edns.extended_rcode, 0x12);
    ck_assert_uint_eq(edns.version, 0);
    ck_assert_uint_eq(edns.udp_octets, 4096);
    ck_assert_uint_eq(edns.option_count, 0);

    ck_assert_int_eq(edns_read(&r, 512, 0x00004000, EDNS_OF_QUERY, &edns), ST_OK); /* RFC 9824 §5 */
    ck_assert(!edns.dnssec_ok && edns.compact_ok);
}
END_TEST

START_TEST(edns_read_takes_sizes_under_512_for_512) /* RFC 6891 §6.2.3 */
{
    static const uint16_t sizes[][2] = { { 0, 512 }, { 511, 512 }, { 513, 513 }, { 65535, 65535 } };
    struct edns edns;
    struct reader r = reader_over(SPAN(""));
    ck_assert_int_eq(edns_read(&r, sizes[_i][0], 0, EDNS_OF_QUERY, &edns), ST_OK);
    ck_assert_uint_eq(edns.udp_octets, sizes[_i][1]);
}
END_TEST

static const struct {
    const char *why;
    struct bytes options;
    bool sound;
} rows[] = {
    { "none", BYTES(""), true },
    { "an unknown one", BYTES("\xFF\xFF\0\3abc"), true },
    { "an empty unknown one", BYTES("\xFF\xFF\0\0"), true },
    { "half a code", BYTES("\0"), false },
    { "no length", BYTES("\0\3"), false },
    { "half a length", BYTES("\0\3\0"), false },
    { "one octet too few", BYTES("\0\3\0\3ab"), false },
    { "one octet too many", BYTES("\0\3\0\1ab"), false },
    { "empty cookie", BYTES("\0\12\0\0"), false },
    { "cookie of 7",
      BYTES("\0\12\0\7"
            "1234567"),
      false },
    { "cookie of 8",
      BYTES("\0\12\0\10"
            "12345678"),
      true },
    { "cookie of 9",
      BYTES("\0\12\0\11"
            "123456789"),
      false },
    { "cookie of 15",
      BYTES("\0\12\0\17"
            "123456789012345"),
      false },
    { "cookie of 16",
      BYTES("\0\12\0\20"
            "1234567890123456"),
      true },
    { "cookie of 40",
      BYTES("\0\12\0\50"
            "1234567890123456789012345678901234567890"),
      true },
    { "cookie of 41",
      BYTES("\0\12\0\51"
            "12345678901234567890123456789012345678901"),
      false },
    { "EDE without code", BYTES("\0\17\0\0"), false },
    { "EDE of half a code", BYTES("\0\17\0\1\0"), false },
    { "EDE without text", BYTES("\0\17\0\2\0\26"), true },
    { "keepalive of a client", BYTES("\0\13\0\0"), true },
    { "keepalive of a server", BYTES("\0\13\0\2\0\1"), true },
    { "keepalive of one octet", BYTES("\0\13\0\1\0"), false },
    { "keepalive of three octets", BYTES("\0\13\0\3\0\0\0"), false },
};

START_TEST(
    edns_read_accepts_or_refuses) /* RFC 6891 §6.1.2, RFC 7873 §4, RFC 8914 §2, RFC 7828 §3.1 */
{
    struct edns edns = { .version = 77 };
    enum status status = read_options(rows[_i].options, &edns);
    ck_assert_msg((status == ST_OK) == rows[_i].sound, "%s", rows[_i].why);
    ck_assert_msg(status == ST_OK || status == ST_MALFORMED, "%s", rows[_i].why);
    ck_assert(status == ST_OK || edns.version == 77);
}
END_TEST

/* SPEC I20: what a server adds that nobody asked for does not spoil its answer. RFC 6891 §6.1.2: an
 * option's length is what the next one's place depends on. */
START_TEST(edns_read_passes_over_unlawful_options_of_a_reply)
{
    struct edns edns;
    struct bytes octets = rows[_i].options;
    struct reader r = reader_over(octets);
    enum status status = edns_read(&r, 1232, 0, EDNS_OF_REPLY, &edns);
    bool whole = octets.len >= 4 && octets.len == 4u + octets.at[3];
    ck_assert_msg((status == ST_OK) == (rows[_i].sound || whole), "%s", rows[_i].why);
    if (rows[_i].sound || status != ST_OK)
        return;
    ck_assert(!edns.has_cookie && !edns.has_ede && !edns.has_keepalive);
    ck_assert_uint_eq(edns.cookie.len, 0);
    ck_assert_uint_eq(edns.option_count, 1);
}
END_TEST

START_TEST(edns_read_finds_the_options_we_know)
{
    struct edns edns;
    struct bytes options = SPAN("\0\3\0\0"
                                "\0\12\0\10"
                                "12345678"
                                "\0\13\0\0"
                                "\0\14\0\2\0\0"
                                "\0\17\0\4\0\26no");
    ck_assert_int_eq(read_options(options, &edns), ST_OK);
    ck_assert(edns.has_nsid && edns.has_cookie && edns.has_keepalive && edns.has_padding);
    ck_assert(edns.has_ede);
    ck_assert_uint_eq(edns.ede_code, 22);
    assert_bytes(edns.cookie, SPAN("12345678"));
    ck_assert_uint_eq(edns.option_count, 5);
}
END_TEST

START_TEST(edns_read_takes_the_first_of_a_doubled_option) /* RFC 7873 §5.2 */
{
    struct edns edns;
    struct bytes options = SPAN("\0\12\0\10"
                                "12345678"
                                "\0\12\0\10"
                                "abcdefgh"
                                "\0\12\0\1x"
                                "\0\17\0\2\0\1"
                                "\0\17\0\2\0\2");
    ck_assert_int_eq(read_options(options, &edns), ST_OK);
    assert_bytes(edns.cookie, SPAN("12345678"));
    ck_assert_uint_eq(edns.ede_code, 1);
    ck_assert_uint_eq(edns.option_count, 5);
}
END_TEST

START_TEST(edns_read_takes_32_options_and_no_more) /* LIMITS 0.1, CVE-2026-41292 */
{
    static const uint8_t options[4 * (EDNS_OPTIONS_MAX + 1)];
    struct edns edns;
    struct bytes most = { options, 4 * EDNS_OPTIONS_MAX }, more = { options, sizeof options };
    ck_assert_int_eq(read_options(most, &edns), ST_OK);
    ck_assert_uint_eq(edns.option_count, EDNS_OPTIONS_MAX);
    ck_assert_int_eq(read_options(more, &edns), ST_MALFORMED);
}
END_TEST

START_TEST(edns_read_does_not_look_into_another_version) /* RFC 6891 §6.1.3: BADVERS, not FORMERR */
{
    struct edns edns;
    struct reader r = reader_over(SPAN("\1\2\3"));
    ck_assert_int_eq(edns_read(&r, 1232, 0x00010000, EDNS_OF_QUERY, &edns), ST_OK);
    ck_assert_uint_eq(edns.version, 1);
    ck_assert_uint_eq(reader_left(&r), 0);
}
END_TEST

START_TEST(edns_read_of_a_failed_reader_is_malformed)
{
    struct edns edns;
    struct reader r = reader_over(SPAN(""));
    r.failed = true;
    ck_assert_int_eq(edns_read(&r, 1232, 0, EDNS_OF_QUERY, &edns), ST_MALFORMED);
}
END_TEST

/* ---- writing ---- */

static struct bytes write_into(size_t size, const struct edns_out *out)
{
    memset(room, 0xEE, sizeof room);
    writer_init(&w, room, size);
    ck_assert(edns_write(&w, out));
    ck_assert(!w.failed);
    return (struct bytes){ room, w.len };
}

START_TEST(edns_write_writes_the_bare_record_in_11_octets)
{
    struct edns_out out = { .udp_octets = 1232, .rcode = 0x123, .dnssec_ok = true };
    assert_bytes(write_into(11, &out), SPAN("\0\0\x29\x04\xD0\x12\0\x80\0\0\0"));
    out = (struct edns_out){ .udp_octets = 512, .rcode = 5 };
    assert_bytes(write_into(99, &out), SPAN("\0\0\x29\x02\0\0\0\0\0\0\0"));
}
END_TEST

START_TEST(edns_write_writes_nothing_in_10_octets)
{
    struct edns_out out = { .udp_octets = 1232 };
    memset(room, 0xEE, sizeof room);
    writer_init(&w, room, 10);
    ck_assert(!edns_write(&w, &out));
    ck_assert_uint_eq(w.len, 0);
    ck_assert_int_eq(room[0], 0xEE);
    writer_init(&w, room, 100);
    w.failed = true;
    ck_assert(!edns_write(&w, &out));
}
END_TEST

START_TEST(edns_write_adds_each_option_that_is_not_zero)
{
    static const struct ede edes[] = { { 22, "no \xC3\xA9" }, { 9, "" } };
    struct edns_out out = { .udp_octets = 1232,
                            .cookie = SPAN("12345678"),
                            .nsid = SPAN("me"),
                            .keepalive = 0x0102,
                            .edes = edes,
                            .ede_count = 2 };
    assert_bytes(write_into(sizeof room, &out), SPAN("\0\0\x29\x04\xD0\0\0\0\0\0\x29"
                                                     "\0\12\0\10"
                                                     "12345678"
                                                     "\0\13\0\2\1\2"
                                                     "\0\3\0\2me"
                                                     "\0\17\0\7\0\26no \xC3\xA9"
                                                     "\0\17\0\2\0\11"));
}
END_TEST

START_TEST(edns_write_leaves_out_the_option_that_does_not_fit)
{
    struct edns_out out = { .udp_octets = 1232, .cookie = SPAN("12345678"), .nsid = SPAN("me") };
    assert_bytes(write_into(11 + 11, &out), SPAN("\0\0\x29\x04\xD0\0\0\0\0\0\6\0\3\0\2me"));
}
END_TEST

/* The first EDE's text of `len` octets written into `space` octets behind the bare record. */
static size_t text_octets(const struct ede *ede, unsigned count, size_t space)
{
    struct edns_out out = { .udp_octets = 1232, .edes = ede, .ede_count = count };
    struct bytes opt = write_into(11 + space, &out);
    return opt.len < 17 ? 0 : (size_t)(opt.at[13] << 8 | opt.at[14]) - 2;
}

START_TEST(edns_write_cuts_text_between_utf8_sequences) /* RFC 8914 §2, RFC 3629 §3 */
{
    static const struct ede ede = { 1, "the first 32 of this are no more" /* 32 octets */
                                       "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z" };
    static const size_t cut[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11 };
    for (size_t space = 0; space < sizeof cut / sizeof *cut; space++)
        ck_assert_uint_eq(text_octets(&ede, 1, 6 + 32 + space), 32 + cut[space]);
    static const struct ede broken = { 1, "\x80\x80\x80\x80" }; /* no text at all, but no crash */
    ck_assert_uint_eq(text_octets(&broken, 1, 9), 0);
}
END_TEST

START_TEST(edns_write_cuts_text_before_it_drops_codes)
{
    static const struct ede edes[] = { { 1, "abcdefghijklmnopqrstuvwxyz0123456789ABCD" },
                                       { 2, "ijkl" },
                                       { 3, "mn" } };
    ck_assert_uint_eq(text_octets(edes, 3, 6 + 40 + 6 + 6), 40);
    ck_assert_uint_eq(w.len, 11 + 6 + 40 + 6 + 6);
    ck_assert_uint_eq(text_octets(edes, 3, 6 + 33 + 6 + 6), 33);
    ck_assert_uint_eq(w.len, 11 + 6 + 33 + 6 + 6);
    ck_assert_uint_eq(text_octets(edes, 3, 6 + 6 + 5), 0);
    ck_assert_uint_eq(w.len, 11 + 6 + 6);
    ck_assert_uint_eq(text_octets(edes, 3, 5), 0);
    ck_assert_uint_eq(w.len, 11);
}
END_TEST

START_TEST(edns_write_leaves_out_text_that_would_be_but_a_few_letters)
{
    static const struct ede ede = { 18, "this client is not in access.allow [NOT_ALLOWED]" };
    ck_assert_uint_eq(text_octets(&ede, 1, 6 + 31),
                      0); /* "(this c)", as dig has it, tells nobody */
    ck_assert_uint_eq(w.len, 11 + 6);
    ck_assert_uint_eq(text_octets(&ede, 1, 6 + 32), 32);
}
END_TEST

START_TEST(edns_write_writes_three_edes_of_200_octets_at_most)
{
    static struct ede edes[EDES_MAX + 1];
    for (unsigned i = 0; i <= EDES_MAX; i++) {
        edes[i].code = (uint16_t)i;
        memset(edes[i].text, 'x', sizeof edes[i].text); /* the final NUL is missing */
    }
    ck_assert_uint_eq(text_octets(edes, EDES_MAX + 1, sizeof room - 11), EDE_TEXT_OCTETS);
    ck_assert_uint_eq(w.len, 11 + EDES_MAX * (6 + EDE_TEXT_OCTETS));
}
END_TEST

START_TEST(edns_write_reads_back_in_every_room)
{
    static const struct ede edes[] = { { 6, "signature of 1234 fails" }, { 22, "\xE2\x82\xAC" } };
    struct edns_out out = { .udp_octets = 1232,
                            .rcode = 23,
                            .dnssec_ok = true,
                            .keepalive = 100,
                            .cookie = SPAN("1234567890123456"),
                            .nsid = SPAN("here"),
                            .edes = edes,
                            .ede_count = 2 };
    for (size_t size = 11; size < 120; size++) {
        struct edns edns;
        struct bytes opt = write_into(size, &out);
        ck_assert_uint_le(opt.len, size);
        struct reader r = reader_over(opt);
        reader_take(&r, 11);
        ck_assert_uint_eq((unsigned)(opt.at[9] << 8 | opt.at[10]), reader_left(&r));
        ck_assert_int_eq(edns_read(&r, 1232, 0x01008000, EDNS_OF_QUERY, &edns), ST_OK);
    }
}
END_TEST

Suite *wire_edns_suite(void)
{
    Suite *suite = suite_create("wire/edns");
    TCase *reading = tcase_create("reading"), *writing = tcase_create("writing");
    tcase_add_test(reading, edns_read_takes_apart_class_and_ttl);
    tcase_add_loop_test(reading, edns_read_takes_sizes_under_512_for_512, 0, 4);
    tcase_add_loop_test(reading, edns_read_accepts_or_refuses, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(reading, edns_read_passes_over_unlawful_options_of_a_reply, 0,
                        sizeof rows / sizeof *rows);
    tcase_add_test(reading, edns_read_finds_the_options_we_know);
    tcase_add_test(reading, edns_read_takes_the_first_of_a_doubled_option);
    tcase_add_test(reading, edns_read_takes_32_options_and_no_more);
    tcase_add_test(reading, edns_read_does_not_look_into_another_version);
    tcase_add_test(reading, edns_read_of_a_failed_reader_is_malformed);
    tcase_add_test(writing, edns_write_writes_the_bare_record_in_11_octets);
    tcase_add_test(writing, edns_write_writes_nothing_in_10_octets);
    tcase_add_test(writing, edns_write_adds_each_option_that_is_not_zero);
    tcase_add_test(writing, edns_write_leaves_out_the_option_that_does_not_fit);
    tcase_add_test(writing, edns_write_cuts_text_between_utf8_sequences);
    tcase_add_test(writing, edns_write_cuts_text_before_it_drops_codes);
    tcase_add_test(writing, edns_write_leaves_out_text_that_would_be_but_a_few_letters);
    tcase_add_test(writing, edns_write_writes_three_edes_of_200_octets_at_most);
    tcase_add_test(writing, edns_write_reads_back_in_every_room);
    suite_add_tcase(suite, reading);
    suite_add_tcase(suite, writing);
    return suite;
}
