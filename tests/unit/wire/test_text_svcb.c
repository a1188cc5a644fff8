#include "lib/wire/text_svcb.h"

#include <stdio.h>

#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

enum { LINE = 1024 };

/* RFC 9460 Appendix D.1 and D.2, the test vectors; `printed` NULL: as it was written. */
static const struct vector {
    const char *text;
    struct bytes rdata;
    const char *printed;
} vectors[] = {
    { "HTTPS 0 foo.example.com.", BYTES("\0\0\3foo\7example\3com\0"), NULL },
    { "SVCB 1 .", BYTES("\0\1\0"), NULL },
    { "SVCB 16 foo.example.com. port=53", BYTES("\0\20\3foo\7example\3com\0\0\3\0\2\0\65"), NULL },
    { "SVCB 1 foo.example.com. key667=hello", BYTES("\0\1\3foo\7example\3com\0\2\233\0\5hello"),
      "1 foo.example.com. key667=\"hello\"" },
    { "SVCB 1 foo.example.com. key667=\"hello\\210qoo\"",
      BYTES("\0\1\3foo\7example\3com\0\2\233\0\11hello\322qoo"), NULL },
    { "SVCB 1 foo.example.com. ( ipv6hint=\"2001:db8::1,2001:db8::53:1\" )",
      BYTES("\0\1\3foo\7example\3com\0\0\6\0\40"
            "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1\40\1\15\270\0\0\0\0\0\0\0\0\0\123\0\1"),
      "1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1" },
    { "SVCB 1 example.com. ipv6hint=\"2001:db8:122:344::192.0.2.33\"",
      BYTES("\0\1\7example\3com\0\0\6\0\20\40\1\15\270\1\42\3\104\0\0\0\0\300\0\2\41"),
      "1 example.com. ipv6hint=2001:db8:122:344::c000:221" },
    { "SVCB 16 foo.example.org. ( alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1 )",
      BYTES("\0\20\3foo\7example\3org\0\0\0\0\4\0\1\0\4\0\1\0\11\2h2\5h3-19\0\4\0\4\300\0\2\1"),
      "16 foo.example.org. mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" ipv4hint=192.0.2.1" },
    { "SVCB 16 foo.example.org. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"",
      BYTES("\0\20\3foo\7example\3org\0\0\1\0\14\10f\\oo,bar\2h2"), NULL },
    { "SVCB 16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2",
      BYTES("\0\20\3foo\7example\3org\0\0\1\0\14\10f\\oo,bar\2h2"),
      "16 foo.example.org. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"" },
};

START_TEST(service_parameters_read_and_print_as_the_test_vectors_have_it) /* RFC 9460 §2.1 */
{
    const struct vector *vector = &vectors[_i];
    struct memory_fixture memory = memory_fixture_up(1 << 16);
    struct text_record record;
    char line[LINE], text[LINE], why[TEXT_WHY] = "";

    snprintf(line, sizeof(line), "example.com. %s", vector->text);
    enum status status = text_read_record(line, memory.arena, &record, why);
    ck_assert_msg(status == ST_OK, "%s: %s", line, why);
    assert_bytes(record.rdata, vector->rdata);
    text_rdata(record.type, record.rdata, text, sizeof(text));
    ck_assert_str_eq(text, vector->printed ? vector->printed : strchr(vector->text, ' ') + 1);
    memory_fixture_down(memory);
}
END_TEST

/* RFC 9460 Appendix D.3, the failure cases; then values that their keys do not have. */
static const char *const failures[] = {
    "1 foo.example.com. ( key123=abc key123=def )",
    "1 foo.example.com. mandatory",
    "1 foo.example.com. alpn",
    "1 foo.example.com. port",
    "1 foo.example.com. ipv4hint",
    "1 foo.example.com. ipv6hint",
    "1 foo.example.com. no-default-alpn=abc",
    "1 foo.example.com. mandatory=key123",
    "1 foo.example.com. mandatory=mandatory",
    "1 foo.example.com. ( mandatory=key123,key123 key123=abc )",
    "1 . port=",
    "1 . port=65536",
    "1 . port=http",
    "1 . alpn=",
    "1 . alpn=h2,",
    "1 . alpn=,h2",
    "1 . alpn=h2,,h3",
    "1 . alpn=\\092",
    "1 . ipv4hint=192.0.2",
    "1 . ipv4hint=192.0.2.1,",
    "1 . ipv6hint=192.0.2.1",
    "1 . ech=",
    "1 . ech=A",
    "1 . key=1",
    "1 . key65536=1",
    "1 . unknown=1",
    "1 . =1",
    "1 . key8=\\256",
    "1 . key8=\"a\"b",
};

START_TEST(service_parameters_that_are_not_well_written_are_refused)
{
    struct memory_fixture memory = memory_fixture_up(1 << 16);
    struct text_record record;
    char line[LINE], why[TEXT_WHY] = "";

    snprintf(line, sizeof(line), "example.com. SVCB %s", failures[_i]);
    enum status status = text_read_record(line, memory.arena, &record, why);
    ck_assert_msg(status == ST_MALFORMED, "%s", line);
    ck_assert_uint_gt(strlen(why), 0);
    memory_fixture_down(memory);
}
END_TEST

START_TEST(the_longest_alpn_prints_and_reads_back)
{
    struct memory_fixture memory = memory_fixture_up(1 << 16);
    struct text_record record;
    static uint8_t rdata[3 + 4 + 256] = "\0\1\0\0\1\1\0\377";
    static char text[TEXT_RDATA], line[TEXT_RDATA + 16];
    char why[TEXT_WHY] = "";

    memset(rdata + 8, ',', 255);
    struct bytes wire = { rdata, sizeof(rdata) };
    ck_assert_int_eq(rdata_check(TYPE_SVCB, wire), ST_OK);
    text_rdata(TYPE_SVCB, wire, text, sizeof(text));
    snprintf(line, sizeof(line), "a. SVCB %s", text);
    enum status status = text_read_record(line, memory.arena, &record, why);
    ck_assert_msg(status == ST_OK, "%s", why);
    assert_bytes(record.rdata, wire);
    memory_fixture_down(memory);
}
END_TEST

Suite *wire_text_svcb_suite(void)
{
    Suite *suite = suite_create("wire/text_svcb");
    TCase *tcase = tcase_create("parameters");
    tcase_add_loop_test(tcase, service_parameters_read_and_print_as_the_test_vectors_have_it, 0,
                        sizeof(vectors) / sizeof(vectors[0]));
    tcase_add_loop_test(tcase, service_parameters_that_are_not_well_written_are_refused, 0,
                        sizeof(failures) / sizeof(failures[0]));
    tcase_add_test(tcase, the_longest_alpn_prints_and_reads_back);
    suite_add_tcase(suite, tcase);
    return suite;
}
