#include "lib/wire/text.h"

#include <stdio.h>

#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

enum { LINE = 2048 };

static struct memory_fixture memory;

static void up(void)
{
    memory = memory_fixture_up(1 << 20);
}

static void down(void)
{
    memory_fixture_down(memory);
}

static struct text_record read_line(const char *line)
{
    struct text_record record;
    char why[TEXT_WHY] = "";
    ck_assert_msg(text_read_record(line, memory.arena, &record, why) == ST_OK, "%s: %s", line, why);
    return record;
}

static void refuse_line(const char *line, const char *reason)
{
    struct text_record record = { .ttl = 77 };
    char why[TEXT_WHY] = "";
    ck_assert_msg(text_read_record(line, memory.arena, &record, why) == ST_MALFORMED, "%s", line);
    ck_assert_msg(strstr(why, reason) != NULL, "%s: %s", line, why);
    ck_assert_uint_eq(record.ttl, 77);
}

/* ---- round trips ---- */

/* Printed as it is here, and read back to the same octets: at least one row for each type that has
 * a presentation format. */
static const char *const same[] = {
    "A 192.0.2.1",
    "NS a.example.",
    "MD a.example.",
    "MF a.example.",
    "CNAME A.Example.",
    "SOA a. b.c. 4294967295 1 2 3 4",
    "MB a.",
    "MG a.",
    "MR a.",
    "NULL \\# 2 00FF",
    "WKS 192.0.2.1 6 25 80 65535",
    "PTR a\\.b.\\000\\255c.",
    "HINFO \"a b\" \"\"",
    "MINFO a. b.",
    "MX 65535 .",
    "TXT \"a\" \"b c\" \"\\\"\\\\;\" \"\" \"\\000\\127\\255\"",
    "RP a. b.",
    "AFSDB 1 a.",
    "X25 \"311061700956\"",
    "ISDN \"150862028003217\"",
    "ISDN \"150862028003217\" \"004\"",
    "RT 1 a.",
    "NSAP 0x47000580005A0000000001E133FFFFFF00016100",
    "NSAP-PTR a.example.",
    "SIG A 5 2 3600 20260101000000 20250101000000 1 a. AQID",
    "KEY 256 3 8 AQID",
    "KEY 49408 3 8",
    "PX 10 a. b.",
    "GPOS \"-32.6882\" \"116.8652\" \"10.0\"",
    "AAAA 2001:db8::1",
    "AAAA ::",
    "LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m",
    "LOC 90 0 0.000 S 180 0 0.000 W 42849672.95m 1.00m 2.00m 90000000.00m",
    "NXT \\# 3 000001",
    "EID E32C6F78163A9348",
    "NIMLOC 32251A030067",
    "SRV 1 2 3 a.",
    "ATMA \\# 3 003132",
    "NAPTR 100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" .",
    "KX 1 a.",
    "CERT 65534 65535 255 AQID",
    "A6 \\# 2 8000",
    "DNAME a.example.",
    "SINK \\# 2 0102",
    "APL 1:192.168.32.0/21 !1:192.168.38.0/28 2:ff00::/8",
    "APL \\# 0",
    "DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
    "SSHFP 1 1 AABB",
    "IPSECKEY 10 0 2 . AQID",
    "IPSECKEY 10 1 2 192.0.2.3 AQID",
    "IPSECKEY 10 2 2 2001:db8::1 AQID",
    "IPSECKEY 10 3 2 g.example. AQID",
    "IPSECKEY 10 1 0 192.0.2.3",
    "RRSIG RESINFO 13 0 4294967295 21060207062815 19700101000000 65535 . AQID",
    "NSEC a. A NS RRSIG NSEC NXNAME RESINFO TYPE65535",
    "DNSKEY 257 3 15 AQIDBA==",
    "DHCID AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
    "NSEC3 1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A RRSIG",
    "NSEC3 1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR",
    "NSEC3PARAM 1 0 0 -",
    "NSEC3PARAM 1 0 65535 AABB",
    "TLSA 3 1 1 AABB",
    "SMIMEA 3 0 0 AABB",
    "HIP 2 200100107B1A74DF365639CC39F1D578 AQID a. b.",
    "HIP 2 20 AQID",
    "NINFO \"a\"",
    "RKEY 0 1 2 AQID",
    "TALINK a. b.",
    "CDS 0 0 0 00",
    "CDNSKEY 0 3 0 AA==",
    "OPENPGPKEY AQID",
    "CSYNC 66 3 A NS AAAA",
    "CSYNC 66 3",
    "ZONEMD 2018031500 1 1 FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057B",
    "SVCB 0 a.example.",
    "HTTPS 1 . mandatory=alpn,ipv4hint alpn=\"h2,h3\" ipv4hint=192.0.2.1,192.0.2.2",
    "HTTPS 1 . no-default-alpn port=443 ech=AQID ipv6hint=2001:db8::1,::1 dohpath=\"/q{?dns}\"",
    "SVCB 1 . key8 key65535=\"a b\\\"\\000\"",
    "DSYNC CDS NOTIFY 5359 a.",
    "DSYNC ANY 255 0 .",
    "HHIT AQID",
    "BRID AQID",
    "SPF \"v=spf1 -all\"",
    "NID 10 0014:4fff:ff20:ee64",
    "L32 10 10.1.2.0",
    "L64 10 2001:0db8:1140:1000",
    "LP 10 a.",
    "EUI48 00-00-5e-00-53-2a",
    "EUI64 00-00-5e-ef-10-00-00-2a",
    "URI 10 1 \"ftp://ftp1.example.com/public\"",
    "CAA 128 issue \"ca.example; a=b\"",
    "CAA 0 issue \"\"",
    "AVC \"a\"",
    "DOA 0 1 2 \"text/plain\" aHR0",
    "DOA 0 1 2 \"\"",
    "AMTRELAY 10 0 1 203.0.113.15",
    "AMTRELAY 10 1 3 a.",
    "AMTRELAY 128 1 0 .",
    "AMTRELAY 10 0 2 2001:db8::15",
    "RESINFO \"qnamemin\" \"exterr=15,16\"",
    "WALLET \"XMR\" \"4\"",
    "CLA \"TCP-v4-v6\"",
    "IPN 18446744073709551615",
    "TA 1 2 3 AABB",
    "DLV 1 2 3 AABB",
    "TYPE65280 \\# 3 0A0B0C",
    "TYPE65280 \\# 0",
    "UINFO \\# 1 61",
};

START_TEST(rdata_prints_as_it_was_read)
{
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        char line[LINE], text[LINE], type[TYPE_TEXT], printed[LINE + TYPE_TEXT];
        snprintf(line, sizeof(line), "example. 3600 IN %s", same[i]);
        struct text_record record = read_line(line);
        ck_assert_int_eq(rdata_check(record.type, record.rdata), ST_OK);
        text_rdata(record.type, record.rdata, text, sizeof(text));
        snprintf(printed, sizeof(printed), "%s %s", type_text(record.type, type), text);
        ck_assert_str_eq(printed, same[i]);
    }
}
END_TEST

START_TEST(every_type_that_may_be_data_has_a_row_above)
{
    for (unsigned type = 0; type < 65280; type++) {
        bool found = !type_find((uint16_t)type) || type_is_meta((uint16_t)type);
        /* Never assigned a form: RFC 6895 has UID, GID and UNSPEC as reserved. */
        found = found || (type >= 101 && type <= 103);
        for (size_t i = 0; i < sizeof(same) / sizeof(same[0]) && !found; i++) {
            char word[TYPE_TEXT];
            uint16_t number;
            snprintf(word, sizeof(word), "%.*s", (int)strcspn(same[i], " "), same[i]);
            found = type_from_text(word, &number) && number == type;
        }
        ck_assert_msg(found, "type %u", type);
    }
}
END_TEST

/* ---- other ways to write the same ---- */

static const struct {
    const char *text, *printed;
} alike[] = {
    { "TYPE1 192.0.2.1", "192.0.2.1" },
    { "A \\# 4 C0000201", "192.0.2.1" },
    { "a \\# 4 c0 0002 01", "192.0.2.1" }, /* RFC 3597 §5: spaces at will */
    { "MX 10 mail", "10 mail." },
    { "MX 010 @", "10 ." },
    { "TXT a b", "\"a\" \"b\"" },
    { "TXT \"a\"\"b\"", "\"a\" \"b\"" },
    { "TXT a\\ b\\065\\\"", "\"a bA\\\"\"" },
    { "TXT ( \"a;b\" ; comment ) \"\n \"c\" )", "\"a;b\" \"c\"" },
    { "SOA a. b. 1 1h 1d2h30M 3w 4s", "a. b. 1 3600 95400 1814400 4" },
    { "DNSKEY 257 3 ecdsap256sha256 A Q I D", "257 3 13 AQID" },
    { "DS 1 RSASHA256 2 A A b b", "1 8 2 AABB" },
    { "CERT PKIX 0 0 AQID", "1 0 0 AQID" },
    { "RRSIG A 8 0 1d 1767225600 0 1 . AQID",
      "A 8 0 86400 20260101000000 19700101000000 1 . AQID" },
    { "RRSIG A 8 0 0 21060207062816 0 1 . AQID", "A 8 0 0 19700101000000 19700101000000 1 . AQID" },
    { "NSEC a. TYPE2 A type1 RRSIG", "a. A NS RRSIG" },
    { "NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr",
      "1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR" },
    { "NSAP 0x47.0005.80", "0x47000580" },
    { "DSYNC CDS 1 1 a.", "CDS NOTIFY 1 a." },
    { "APL", "\\# 0" },
    { "WKS 192.0.2.1 udp 53", "192.0.2.1 17 53" },
    { "AAAA ::ffff:192.0.2.1", "::ffff:192.0.2.1" },
    { "CAA 0 issue ca.example", "0 issue \"ca.example\"" },
    { "SVCB 1 . port=\"53\" alpn=h2", "1 . alpn=\"h2\" port=53" },
};

START_TEST(what_may_be_written_in_several_ways_reads_alike)
{
    for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
        char line[LINE], text[LINE];
        snprintf(line, sizeof(line), "example. IN %s", alike[i].text);
        struct text_record record = read_line(line);
        ck_assert_str_eq(text_rdata(record.type, record.rdata, text, sizeof(text)),
                         alike[i].printed);
    }
}
END_TEST

START_TEST(ttl_and_class_stand_in_either_order_or_not_at_all) /* RFC 1035 §5.1 */
{
    static const struct {
        const char *line;
        uint32_t ttl;
        uint16_t class;
    } rows[] = {
        { "a. A 1.2.3.4", 0, CLASS_IN },
        { "a. 5 A 1.2.3.4", 5, CLASS_IN },
        { "a. CH A 1.2.3.4", 0, CLASS_CH },
        { "a. 5 CH A 1.2.3.4", 5, CLASS_CH },
        { "a. ch 5 A 1.2.3.4", 5, CLASS_CH },
        { "a.\t1h\tclass254\tA\t1.2.3.4\r", 3600, CLASS_NONE },
        { "a 4294967295 IN A 1.2.3.4\n", UINT32_MAX, CLASS_IN },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text_record record = read_line(rows[i].line);
        assert_name(&record.owner, "a.");
        ck_assert_uint_eq(record.ttl, rows[i].ttl);
        ck_assert_uint_eq(record.class, rows[i].class);
    }
}
END_TEST

/* ---- what is refused, and why ---- */

static const struct {
    const char *line, *reason;
} refused[] = {
    { "", "empty" },
    { " ; nothing", "empty" },
    { " A 1.2.3.4", "no owner" },
    { "a..b A 1.2.3.4", "'a..b' is not a domain name" },
    { "a. ", "no type" },
    { "a. IN IN A 1.2.3.4", "'IN' is neither" },
    { "a. 5 4294967296 A 1.2.3.4", "'4294967296' is neither" },
    { "a. BOGUS x", "'BOGUS' is neither" },
    { "a. OPT \\# 0", "never data" },
    { "a. ANY \\# 0", "never data" },
    { "a. A", "lacks an IPv4 address" },
    { "a. A 1.2.3", "'1.2.3' is not an IPv4 address" },
    { "a. A 1.2.3.4 x", "'x' is more" },
    { "a. MX 65536 b.", "'65536' is not a number" },
    { "a. MX -1 b.", "'-1' is not a number" },
    { "a. MX 1", "lacks a domain name" },
    { "a. IPN 18446744073709551616", "is not a number" },
    { "a. SOA a. b. 1 1y 1 1 1", "'1y' is not an interval" },
    { "a. SOA a. b. 1 h 1 1 1", "'h' is not an interval" },
    { "a. SOA a. b. 1 7102w 1 1 1", "is not an interval" },
    { "a. TXT", "lacks a string" },
    { "a. TXT \"a", "other half" },
    { "a. TXT a\"b", "other half" },
    { "a. TXT ( a", "other half" },
    { "a. TXT a )", "other half" },
    { "a. TXT ) a (", "other half" },
    { "a. TXT \\300", "is not a string" },
    { "a. TXT \\25", "is not a string" },
    { "a. TXT a\nb. TXT b", "more than one line" },
    { "a. TXT a\\", "other half" },
    { "a. A \\# 3 010203", "not of its type's form" },
    { "a. A \\# 5 01020304", "count" },
    { "a. A \\# 4 0102030", "is not hex" },
    { "a. A \\# x 01020304", "count" },
    { "a. A \\# 65536 00", "count" },
    { "a. A6 64 ::1 b.", "no other form" },
    { "a. DS 1 8 2", "not of its type's form" },
    { "a. DS 1 8 2 AA0", "'AA0' is not hex" },
    { "a. DS 1 NONE 2 AA", "name of its registry" },
    { "a. DNSKEY 1 3 8 AQI", "is not base64" },
    { "a. DNSKEY 1 3 8 AQ==AA==", "is not base64" },
    { "a. DNSKEY 1 3 8 A=QI", "is not base64" },
    { "a. DNSKEY 1 3 8 AQI*", "is not base64" },
    { "a. DNSKEY 1 3 8 AQJ=", "is not base64" }, /* RFC 4648 §3.5: bits that must be zero */
    { "a. RRSIG A 8 0 1 20261301000000 0 1 . AQID", "is not a time" },
    { "a. RRSIG A 8 0 1 20260230000000 0 1 . AQID", "is not a time" },
    { "a. RRSIG A 8 0 1 20260101240000 0 1 . AQID", "is not a time" },
    { "a. RRSIG A 8 0 1 20260101006000 0 1 . AQID", "is not a time" },
    { "a. RRSIG A 8 0 1 20260101000060 0 1 . AQID", "is not a time" },
    { "a. RRSIG A 8 0 1 19691231235959 0 1 . AQID", "is not a time" },
    { "a. RRSIG A 8 0 1 4294967296 0 1 . AQID", "is not a time" },
    { "a. NSEC b. A NOPE", "'NOPE' is not an RR type" }, /* for ldns this were TYPE0 */
    { "a. NSEC b.", "not of its type's form" },
    { "a. NSEC3 1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJZ", "is not base32hex" },
    { "a. NSEC3 1 0 0 A 2T7B4G4V", "is not hex" },
    { "a. NSAP 47", "0x" },
    { "a. EUI48 00-00-5e-00-53", "pairs" },
    { "a. EUI48 00-00-5e-00-53:2a", "pairs" },
    { "a. NID 1 0014:4fff:ff20:ee6g", "fours" },
    { "a. LOC 91 0 0 N", "is not a location" },
    { "a. APL 1:192.0.2", "address prefix" },
    { "a. APL 1:192.0.2.0/33", "not of its type's form" },
    { "a. WKS 192.0.2.1 nonesuch 1", "is not a protocol" },
    { "a. WKS 192.0.2.1 6 65536", "is not a protocol" },
    { "a. LOC", "is not a location" },
    { "a. IPSECKEY 10 1 2 b. AQID", "is not an IPv4 address" },
    { "a. IPSECKEY 10 0 2 b. AQID", "gateway" },
    { "a. IPSECKEY 10 4 2 b. AQID", "gateway" },
    { "a. AMTRELAY 10 2 1 192.0.2.1", "is not a number" },
    { "a. HIP 2 200 AQID", "tag" },
    { "a. TYPE65280 x", "no other form" },
};

START_TEST(what_is_refused_is_named)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        refuse_line(refused[i].line, refused[i].reason);
}
END_TEST

START_TEST(a_string_has_at_most_255_octets) /* RFC 1035 §3.3 */
{
    char line[LINE] = "a. TXT ";

    memset(line + 7, 'x', 255);
    ck_assert_uint_eq(read_line(line).rdata.len, 256);
    memset(line + 7, 'x', 256);
    refuse_line(line, "255 octets");
}
END_TEST

START_TEST(a_salt_has_at_most_255_octets) /* RFC 5155 §3.2 */
{
    char line[LINE] = "a. NSEC3PARAM 1 0 0 ";

    memset(line + 20, 'F', 2 * 255);
    ck_assert_uint_eq(read_line(line).rdata.len, 5 + 255);
    memset(line + 20, 'F', 2 * 256);
    refuse_line(line, "hex of at most 255 octets");
}
END_TEST

START_TEST(the_words_shown_in_a_reason_are_escaped)
{
    refuse_line("a. A \x1b[31m", "'\\027[31m' is not");
}
END_TEST

START_TEST(rdata_ends_at_65535_octets_and_an_arena_at_its_cap)
{
    static char line[2 * 65536 + 64];
    struct text_record record;
    char why[TEXT_WHY];
    int head = snprintf(line, sizeof(line), "a. TYPE65280 \\# 65535 ");

    memset(line + head, 'F', (size_t)2 * 65535);
    ck_assert_uint_eq(read_line(line).rdata.len, 65535);
    struct memory_fixture small = memory_fixture_up(4096);
    ck_assert_int_eq(text_read_record(line, small.arena, &record, why), ST_LIMIT);
    memory_fixture_down(small);
    memset(line + head, 'F', (size_t)2 * 65536);
    refuse_line(line, "65535");
}
END_TEST

/* ---- printing ---- */

static const struct {
    uint16_t type;
    struct bytes rdata;
    const char *text;
} printed[] = {
    { TYPE_A, BYTES("\1\2\3"), "\\# 3 010203" }, /* not of its form */
    { TYPE_A, BYTES(""), "\\# 0" },
    { TYPE_TXT, BYTES("\5a"), "\\# 2 0561" },
    { 42, BYTES("\0\7\10\1\1"), "\\# 5 0007080101" },  /* family unknown */
    { 29, BYTES("\1ab"), "\\# 3 016162" },             /* version unknown */
    { 45, BYTES("\12\7\2x"), "\\# 4 0A070278" },       /* gateway type unknown */
    { 47, BYTES("\0\0\2\100\0"), "\\# 5 0000024000" }, /* zeros at the end */
    { TYPE_TSIG, BYTES("\1h\0\0\0\0\0\0\1\1\54\0\1m\0\2\0\0\0\0"), "h. 1 300 1 bQ== 2 0 0" },
    { TYPE_OPT, BYTES("\0\12\0\1a"), "\\# 5 000A000161" },
    { TYPE_NXNAME, BYTES(""), "\\# 0" },
};

START_TEST(what_has_no_form_of_its_own_prints_as_octets) /* RFC 3597 §5 */
{
    for (size_t i = 0; i < sizeof(printed) / sizeof(printed[0]); i++) {
        char text[LINE];
        ck_assert_str_eq(text_rdata(printed[i].type, printed[i].rdata, text, sizeof(text)),
                         printed[i].text);
    }
}
END_TEST

START_TEST(a_small_room_ends_in_dots_and_is_never_left)
{
    struct bytes rdata = SPAN("\12abcdefghij\12klmnopqrst");
    static const char whole[] = "\"abcdefghij\" \"klmnopqrst\"";

    for (size_t size = 1; size <= sizeof(whole); size++) {
        struct memory_fixture exact = memory_fixture_up(4096);
        char *text = arena_alloc(exact.arena, size);
        text_rdata(TYPE_TXT, rdata, text, size);
        ck_assert_uint_lt(strlen(text), size);
        if (size == sizeof(whole))
            ck_assert_str_eq(text, whole);
        else if (size > 3)
            ck_assert_str_eq(text + strlen(text) - 3, "...");
        memory_fixture_down(exact);
    }
}
END_TEST

Suite *wire_text_suite(void)
{
    Suite *suite = suite_create("wire/text");
    TCase *read = tcase_create("text_read_record");
    tcase_add_checked_fixture(read, up, down);
    tcase_add_test(read, rdata_prints_as_it_was_read);
    tcase_add_test(read, every_type_that_may_be_data_has_a_row_above);
    tcase_add_test(read, what_may_be_written_in_several_ways_reads_alike);
    tcase_add_test(read, ttl_and_class_stand_in_either_order_or_not_at_all);
    tcase_add_test(read, what_is_refused_is_named);
    tcase_add_test(read, a_string_has_at_most_255_octets);
    tcase_add_test(read, a_salt_has_at_most_255_octets);
    tcase_add_test(read, the_words_shown_in_a_reason_are_escaped);
    tcase_add_test(read, rdata_ends_at_65535_octets_and_an_arena_at_its_cap);
    suite_add_tcase(suite, read);

    TCase *print = tcase_create("text_rdata");
    tcase_add_test(print, what_has_no_form_of_its_own_prints_as_octets);
    tcase_add_test(print, a_small_room_ends_in_dots_and_is_never_left);
    suite_add_tcase(suite, print);
    return suite;
}
