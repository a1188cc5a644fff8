#include "lib/wire/field.h"

#include "lib/wire/type.h"
#include "lib/wire/type_table.h"
#include "tests/unit/wire/wire_test.h"

enum tail { CLOSED, OPEN }; /* may a further octet, here 255, follow? */

struct shortest {
    uint16_t type;
    struct bytes rdata;
    enum tail tail;
};

/* The shortest rdata of every type: an octet less breaks each that has one, an octet more those
 * that are closed (LIMITS G3). */
static const struct shortest rows[] = {
    { 1, BYTES("\0\0\0\0"), CLOSED },
    { 2, BYTES("\0"), CLOSED },
    { 3, BYTES("\0"), CLOSED },
    { 4, BYTES("\0"), CLOSED },
    { 5, BYTES("\0"), CLOSED },
    { 6, BYTES("\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"), CLOSED },
    { 7, BYTES("\0"), CLOSED },
    { 8, BYTES("\0"), CLOSED },
    { 9, BYTES("\0"), CLOSED },
    { 10, BYTES(""), OPEN },
    { 11, BYTES("\300\0\2\1\6"), OPEN },
    { 12, BYTES("\0"), CLOSED },
    { 13, BYTES("\0\0"), CLOSED },
    { 14, BYTES("\0\0"), CLOSED },
    { 15, BYTES("\0\12\0"), CLOSED },
    { 16, BYTES("\0"), CLOSED },
    { 17, BYTES("\0\0"), CLOSED },
    { 18, BYTES("\0\1\0"), CLOSED },
    { 19, BYTES("\0"), CLOSED },
    { 20, BYTES("\0"), CLOSED },
    { 21, BYTES("\0\1\0"), CLOSED },
    { 22, BYTES("\107"), OPEN },
    { 23, BYTES("\0"), CLOSED },
    { 24, BYTES("\0\1\10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), OPEN },
    { 25, BYTES("\1\0\3\10"), OPEN },
    { 26, BYTES("\0\1\0\0"), CLOSED },
    { 27, BYTES("\0\0\0"), CLOSED },
    { 28, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), CLOSED },
    { 29, BYTES("\0\22\26\23\200\0\0\0\200\0\0\0\0\230\226\200"), CLOSED },
    { 30, BYTES("\0"), OPEN },
    { 31, BYTES("\1"), OPEN },
    { 32, BYTES("\1"), OPEN },
    { 33, BYTES("\0\0\0\0\0\1\0"), CLOSED },
    { 34, BYTES(""), OPEN },
    { 35, BYTES("\0\1\0\1\0\0\0\0"), CLOSED },
    { 36, BYTES("\0\1\0"), CLOSED },
    { 37, BYTES("\0\1\0\0\10\1"), OPEN },
    { 38, BYTES("\200\0"), CLOSED },
    { 39, BYTES("\0"), CLOSED },
    { 40, BYTES(""), OPEN },
    { 41, BYTES("\0\12\0\0"), CLOSED },
    { 42, BYTES("\0\1\0\0"), CLOSED },
    { 43, BYTES("\0\1\10\2\1"), OPEN },
    { 44, BYTES("\1\1\1"), OPEN },
    { 45, BYTES("\12\0\0"), OPEN },
    { 46, BYTES("\0\1\10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), OPEN },
    { 47, BYTES("\0\0\1\100"), CLOSED },
    { 48, BYTES("\1\0\3\10\1"), OPEN },
    { 49, BYTES("\1"), OPEN },
    { 50, BYTES("\1\0\0\0\0\1\1"), CLOSED },
    { 51, BYTES("\1\0\0\0\0"), CLOSED },
    { 52, BYTES("\3\1\1\1"), OPEN },
    { 53, BYTES("\3\1\1\1"), OPEN },
    { 55, BYTES("\1\2\0\1\1\1"), CLOSED },
    { 56, BYTES("\0"), CLOSED },
    { 57, BYTES("\0\0\1\2\1"), OPEN },
    { 58, BYTES("\0\0"), CLOSED },
    { 59, BYTES("\0\0\0\0\0"), OPEN },
    { 60, BYTES("\0\0\3\0\0"), OPEN },
    { 61, BYTES("\1"), OPEN },
    { 62, BYTES("\0\0\0\1\0\3"), CLOSED },
    { 63, BYTES("\0\0\0\1\1\1\1"), OPEN },
    { 64, BYTES("\0\0\0"), CLOSED },
    { 65, BYTES("\0\1\0"), CLOSED },
    { 66, BYTES("\0\73\1\24\357\0"), CLOSED },
    { 67, BYTES("\1"), OPEN },
    { 68, BYTES("\1"), OPEN },
    { 99, BYTES("\0"), CLOSED },
    { 100, BYTES(""), OPEN },
    { 101, BYTES(""), OPEN },
    { 102, BYTES(""), OPEN },
    { 103, BYTES(""), OPEN },
    { 104, BYTES("\0\1\1\2\3\4\5\6\7\10"), CLOSED },
    { 105, BYTES("\0\1\12\0\0\1"), CLOSED },
    { 106, BYTES("\0\1\1\2\3\4\5\6\7\10"), CLOSED },
    { 107, BYTES("\0\1\0"), CLOSED },
    { 108, BYTES("\1\2\3\4\5\6"), CLOSED },
    { 109, BYTES("\1\2\3\4\5\6\7\10"), CLOSED },
    { 128, BYTES(""), OPEN },
    { 249, BYTES("\0\0\0\0\1\0\0\0\2\0\3\0\0\0\0\0\0"), CLOSED },
    { 250, BYTES("\0\0\0\0\0\0\1\1\54\0\0\0\1\0\0\0\0"), CLOSED },
    { 251, BYTES(""), OPEN },
    { 252, BYTES(""), OPEN },
    { 253, BYTES(""), OPEN },
    { 254, BYTES(""), OPEN },
    { 255, BYTES(""), OPEN },
    { 256, BYTES("\0\1\0\1a"), OPEN },
    { 257, BYTES("\0\1a"), OPEN },
    { 258, BYTES("\0"), CLOSED },
    { 259, BYTES("\0\0\0\1\0\0\0\2\3\0"), OPEN },
    { 260, BYTES("\12\0"), CLOSED },
    { 261, BYTES("\0"), CLOSED },
    { 262, BYTES("\0"), CLOSED },
    { 263, BYTES("\0"), CLOSED },
    { 264, BYTES("\0\0\0\0\0\0\0\1"), CLOSED },
    { 32768, BYTES("\0\1\10\2\1"), OPEN },
    { 32769, BYTES("\0\1\10\2\1"), OPEN },
    { 65280, BYTES(""), OPEN },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

START_TEST(every_type_of_the_table_stands_in_the_rows_of_this_test)
{
    ck_assert_uint_eq(type_row_count + 1, ROWS); /* and 65280, which the table does not know */
    for (size_t i = 0; i < type_row_count; i++)
        ck_assert_uint_eq(type_rows[i].number, rows[i].type);
}
END_TEST

/* A copy of exactly that size, so that a read beyond it shows under AddressSanitizer. */
static enum status check_copy(uint16_t type, struct bytes rdata)
{
    struct memory_fixture memory = memory_fixture_up(1 << 16);
    uint8_t *copy = arena_copy(memory.arena, rdata.at, rdata.len);
    enum status status = rdata_check(type, (struct bytes){ copy, rdata.len });
    memory_fixture_down(memory);
    return status;
}

START_TEST(the_shortest_rdata_is_taken_and_an_octet_less_is_not) /* LIMITS G3 */
{
    for (size_t i = 0; i < ROWS; i++) {
        struct bytes less = rows[i].rdata;
        ck_assert_msg(check_copy(rows[i].type, less) == ST_OK, "type %u", rows[i].type);
        if (less.len == 0)
            continue;
        less.len--;
        bool open_at_zero = rows[i].type == 42 || rows[i].type == 41; /* lists that may be empty */
        if (!open_at_zero || less.len > 0)
            ck_assert_msg(check_copy(rows[i].type, less) == ST_MALFORMED, "type %u", rows[i].type);
    }
}
END_TEST

START_TEST(an_octet_more_is_taken_only_where_the_last_field_is_open) /* LIMITS G3 */
{
    for (size_t i = 0; i < ROWS; i++) {
        uint8_t longer[64];
        memcpy(longer, rows[i].rdata.at, rows[i].rdata.len);
        longer[rows[i].rdata.len] = 255;
        enum status expected = rows[i].tail == OPEN ? ST_OK : ST_MALFORMED;
        struct bytes more = { longer, rows[i].rdata.len + 1 };
        enum status found = check_copy(rows[i].type, more);
        ck_assert_msg(found == expected, "type %u: %s", rows[i].type, status_name(found));
    }
}
END_TEST

/* ---- fields with rules of their own ---- */

struct example {
    uint16_t type;
    struct bytes rdata;
    enum status status;
};

static const struct example examples[] = {
    /* RFC 4034 §4.1.2: windows strictly ascending, 1 to 32 octets */
    { TYPE_NSEC, BYTES("\0\0\1\100\1\1\100"), ST_OK },
    { TYPE_NSEC, BYTES("\0\1\1\100\0\1\100"), ST_MALFORMED },
    { TYPE_NSEC, BYTES("\0\0\1\100\0\1\100"), ST_MALFORMED },
    { TYPE_NSEC, BYTES("\0\0\0"), ST_MALFORMED },
    { TYPE_NSEC, BYTES("\0\0\0\1\1\100"), ST_MALFORMED },
    { TYPE_NSEC, BYTES("\0\0\4abcd\5\1\1"), ST_OK },
    { TYPE_NSEC, BYTES("\0\0\40abcdefghijklmnopqrstuvwxyz012345"), ST_OK },
    { TYPE_NSEC, BYTES("\0\0\41abcdefghijklmnopqrstuvwxyz0123456"), ST_MALFORMED },
    { TYPE_NSEC, BYTES("\0\377\1\1"), ST_OK },
    { TYPE_NSEC, BYTES("\0"), ST_MALFORMED }, /* at least NSEC and RRSIG are there */
    { 62, BYTES("\0\0\0\1\0\3\0\1\100"), ST_OK },
    /* RFC 5155 §3.2: an empty bitmap is an empty non-terminal's; the hash has an octet or more */
    { TYPE_NSEC3, BYTES("\1\0\0\0\0\2ab"), ST_OK },
    { TYPE_NSEC3, BYTES("\1\0\0\0\2ab\2cd\0\1\100"), ST_OK },
    { TYPE_NSEC3, BYTES("\1\0\0\0\0\0"), ST_MALFORMED },
    { TYPE_NSEC3, BYTES("\1\0\0\0\3ab"), ST_MALFORMED },
    { TYPE_NSEC3PARAM, BYTES("\1\0\0\0\2ab"), ST_OK },
    /* RFC 1035 §3.3.14: one or more strings */
    { TYPE_TXT, BYTES(""), ST_MALFORMED },
    { TYPE_TXT, BYTES("\1a\0\2bc"), ST_OK },
    { TYPE_TXT, BYTES("\1a\0\3bc"), ST_MALFORMED },
    /* RFC 8659 §4.1: a tag of letters and digits */
    { 257, BYTES("\0\5issueca.example"), ST_OK },
    { 257, BYTES("\200\3A9zx"), ST_OK },
    { 257, BYTES("\0\0x"), ST_MALFORMED },
    { 257, BYTES("\0\2a-x"), ST_MALFORMED },
    { 257, BYTES("\0\2a\0x"), ST_MALFORMED },
    { 257, BYTES("\0\2a`x"), ST_MALFORMED },
    { 257, BYTES("\0\2a{x"), ST_MALFORMED },
    { 257, BYTES("\0\2a:x"), ST_MALFORMED },
    /* RFC 3123 §4: a prefix fits its family */
    { 42, BYTES(""), ST_OK },
    { 42, BYTES("\0\1\40\204\300\0\2\1"), ST_OK },
    { 42, BYTES("\0\1\41\0"), ST_MALFORMED },
    { 42, BYTES("\0\1\40\5\300\0\2\1\1"), ST_MALFORMED },
    { 42, BYTES("\0\2\200\1\40"), ST_OK },
    { 42, BYTES("\0\2\201\1\40"), ST_MALFORMED },
    { 42, BYTES("\0\2\200\21abcdefghijklmnopq"), ST_MALFORMED },
    { 42, BYTES("\0\11\377\2ab"), ST_OK },
    { 42, BYTES("\0\1\10\1"), ST_MALFORMED },
    /* RFC 1876 §2: version 0 has 16 octets, others are not ours to judge */
    { 29, BYTES("\1"), ST_OK },
    { 29, BYTES("\0"), ST_MALFORMED },
    { 29, BYTES(""), ST_MALFORMED },
    /* RFC 4025 §2.3 and §2.5: the gateway's type says its form */
    { 45, BYTES("\12\1\2\300\0\2\1k"), ST_OK },
    { 45, BYTES("\12\1\2\300\0\2"), ST_MALFORMED },
    { 45, BYTES("\12\2\2\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1"), ST_OK },
    { 45, BYTES("\12\2\2\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0"), ST_MALFORMED },
    { 45, BYTES("\12\3\2\1a\0key"), ST_OK },
    { 45, BYTES("\12\3\2\1a"), ST_MALFORMED },
    { 45, BYTES("\12\4\2anything"), ST_OK },
    /* RFC 8777 §4.2: the same without a key; the discovery bit is not part of the type */
    { 260, BYTES("\12\201\300\0\2\1"), ST_OK },
    { 260, BYTES("\12\1\300\0\2\1\1"), ST_MALFORMED },
    { 260, BYTES("\12\203\1a\0"), ST_OK },
    { 260, BYTES("\12\203\1a\0\0"), ST_MALFORMED },
    { 260, BYTES("\12\177anything"), ST_OK },
    /* RFC 2874 §3.1: 128 bits less the prefix, and a name when there is a prefix */
    { 38, BYTES("\0abcdefghijklmnop"), ST_OK },
    { 38, BYTES("\0abcdefghijklmnop\0"), ST_MALFORMED },
    { 38, BYTES("\100abcdefgh\1a\0"), ST_OK },
    { 38, BYTES("\101abcdefgh\1a\0"), ST_OK },
    { 38, BYTES("\110abcdefg\1a\0"), ST_OK },
    { 38, BYTES("\100abcdefgh"), ST_MALFORMED },
    { 38, BYTES("\201\0"), ST_MALFORMED },
    /* RFC 8005 §5: lengths in front; rendezvous servers to the end */
    { 55, BYTES("\2\2\0\3abkey\1r\0\1s\0"), ST_OK },
    { 55, BYTES("\2\2\0\3abkey\1r\0\1s"), ST_MALFORMED },
    { 55, BYTES("\2\2\0\3abke"), ST_MALFORMED },
    /* RFC 1035 §3.4.2: a bit for each of 65,536 ports */
    { 20, BYTES("\1a\1b"), ST_OK },
    { 20, BYTES("\1a\1b\1c"), ST_MALFORMED },
    /* RFC 6891 §6.1.2 */
    { TYPE_OPT, BYTES(""), ST_OK },
    { TYPE_OPT, BYTES("\0\3\0\2ab\0\12\0\1c"), ST_OK },
    { TYPE_OPT, BYTES("\0\3\0\3ab"), ST_MALFORMED },
    /* RFC 8945 §4.2 */
    { TYPE_TSIG, BYTES("\1h\0\0\0\0\0\0\1\1\54\0\2mc\0\1\0\0\0\1o"), ST_OK },
    { TYPE_TSIG, BYTES("\1h\0\0\0\0\0\0\1\1\54\0\2mc\0\1\0\0\0\2o"), ST_MALFORMED },
};

START_TEST(fields_keep_the_rules_of_their_types)
{
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        enum status found = check_copy(examples[i].type, examples[i].rdata);
        ck_assert_msg(found == examples[i].status, "row %zu, type %u: %s", i, examples[i].type,
                      status_name(found));
    }
}
END_TEST

START_TEST(a_port_bitmap_has_at_most_8192_octets) /* RFC 1035 §3.4.2 */
{
    static const uint8_t ports[4 + 1 + 8193];
    ck_assert_int_eq(rdata_check(11, (struct bytes){ ports, sizeof(ports) - 1 }), ST_OK);
    ck_assert_int_eq(rdata_check(11, (struct bytes){ ports, sizeof(ports) }), ST_MALFORMED);
}
END_TEST

START_TEST(rdata_has_at_most_65535_octets) /* RFC 1035 §3.2.1 */
{
    static const uint8_t octets[65536];
    ck_assert_int_eq(rdata_check(TYPE_DNSKEY, (struct bytes){ octets, 65535 }), ST_OK);
    ck_assert_int_eq(rdata_check(TYPE_DNSKEY, (struct bytes){ octets, 65536 }), ST_MALFORMED);
}
END_TEST

/* ---- service parameters: RFC 9460 ---- */

static const struct example parameters[] = {
    { TYPE_SVCB, BYTES("\0\1\0\0\3\0\2\0\65"), ST_OK },
    { TYPE_SVCB, BYTES("\0\1\0\0\3\0\2\0"), ST_MALFORMED }, /* §2.2: ends inside */
    { TYPE_SVCB, BYTES("\0\1\0\0\3\0"), ST_MALFORMED },
    { TYPE_SVCB, BYTES("\0\1\0\0\3\0\3\0\65\0"), ST_MALFORMED }, /* §7.2: two octets */
    { TYPE_SVCB, BYTES("\0\1\0\0\4\0\4\300\0\2\1\0\3\0\2\0\65"), ST_MALFORMED }, /* not ascending */
    { TYPE_SVCB, BYTES("\0\1\0\2\233\0\1a\2\233\0\1b"), ST_MALFORMED },          /* twice */
    { TYPE_SVCB, BYTES("\0\1\0\2\233\0\0\2\234\0\1b"), ST_OK },
    { TYPE_HTTPS, BYTES("\0\1\0\0\1\0\3\2h2"), ST_OK }, /* §7.1.1 */
    { TYPE_HTTPS, BYTES("\0\1\0\0\1\0\4\2h2\0"), ST_MALFORMED },
    { TYPE_HTTPS, BYTES("\0\1\0\0\1\0\3\3h2"), ST_MALFORMED },
    { TYPE_HTTPS, BYTES("\0\1\0\0\1\0\0"), ST_MALFORMED },
    { TYPE_HTTPS, BYTES("\0\1\0\0\2\0\0"), ST_OK },
    { TYPE_HTTPS, BYTES("\0\1\0\0\2\0\1a"), ST_MALFORMED },
    { TYPE_HTTPS, BYTES("\0\1\0\0\4\0\10\300\0\2\1\300\0\2\2"), ST_OK }, /* §7.3 */
    { TYPE_HTTPS, BYTES("\0\1\0\0\4\0\5\300\0\2\1\300"), ST_MALFORMED },
    { TYPE_HTTPS, BYTES("\0\1\0\0\4\0\0"), ST_MALFORMED },
    { TYPE_HTTPS, BYTES("\0\1\0\0\6\0\20abcdefghijklmnop"), ST_OK },
    { TYPE_HTTPS, BYTES("\0\1\0\0\6\0\17abcdefghijklmno"), ST_MALFORMED },
    { TYPE_HTTPS, BYTES("\0\1\0\0\0\0\4\0\1\0\4"), ST_OK }, /* §8 */
    { TYPE_HTTPS, BYTES("\0\1\0\0\0\0\4\0\4\0\1"), ST_MALFORMED },
    { TYPE_HTTPS, BYTES("\0\1\0\0\0\0\2\0\0"), ST_MALFORMED },
    { TYPE_HTTPS, BYTES("\0\1\0\0\0\0\3\0\1\0"), ST_MALFORMED },
    { TYPE_HTTPS, BYTES("\0\1\0\0\0\0\0"), ST_MALFORMED },
    { TYPE_HTTPS, BYTES("\0\1\0\0\5\0\0"), ST_MALFORMED },
};

START_TEST(service_parameters_ascend_and_have_the_forms_of_their_keys) /* RFC 9460 §2.2 */
{
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        enum status found = check_copy(parameters[i].type, parameters[i].rdata);
        ck_assert_msg(found == parameters[i].status, "row %zu: %s", i, status_name(found));
    }
}
END_TEST

/* ---- the walk itself ---- */

START_TEST(field_next_yields_the_fields_in_order_and_starred_letters_as_their_parts)
{
    struct reader r = reader_over(SPAN("\0\12\1a\0\1b\2cd"));
    struct field_walk walk = field_walk(&r, "2NS", FIELD_NAMES_PLAIN);
    struct field field;

    ck_assert(field_next(&walk, &field) && field.kind == '2');
    ck_assert_uint_eq(field.name.len, 0);
    ck_assert(!field_all_read(&walk));
    ck_assert(field_next(&walk, &field) && field.kind == 'N');
    assert_name(&field.name, "a.");
    assert_bytes(field.octets, SPAN("\1a\0"));
    ck_assert(field_next(&walk, &field) && field.kind == 's');
    assert_bytes(field.octets, SPAN("\1b"));
    ck_assert(field_next(&walk, &field) && field.kind == 's');
    assert_bytes(field.octets, SPAN("\2cd"));
    ck_assert(!field_next(&walk, &field));
    ck_assert(field_all_read(&walk));
}
END_TEST

START_TEST(a_letter_without_a_meaning_fits_no_rdata)
{
    struct reader r = reader_over(SPAN("abcd"));
    struct field_walk walk = field_walk(&r, "Z", FIELD_NAMES_PLAIN);
    struct field field;

    ck_assert(!field_next(&walk, &field));
    ck_assert(!field_all_read(&walk));
}
END_TEST

Suite *wire_field_suite(void)
{
    Suite *suite = suite_create("wire/field");
    TCase *layouts = tcase_create("layouts");
    tcase_add_test(layouts, every_type_of_the_table_stands_in_the_rows_of_this_test);
    tcase_add_test(layouts, the_shortest_rdata_is_taken_and_an_octet_less_is_not);
    tcase_add_test(layouts, an_octet_more_is_taken_only_where_the_last_field_is_open);
    tcase_add_test(layouts, fields_keep_the_rules_of_their_types);
    tcase_add_test(layouts, a_port_bitmap_has_at_most_8192_octets);
    tcase_add_test(layouts, rdata_has_at_most_65535_octets);
    tcase_add_test(layouts, service_parameters_ascend_and_have_the_forms_of_their_keys);
    suite_add_tcase(suite, layouts);

    TCase *walk = tcase_create("field_next");
    tcase_add_test(walk, field_next_yields_the_fields_in_order_and_starred_letters_as_their_parts);
    tcase_add_test(walk, a_letter_without_a_meaning_fits_no_rdata);
    suite_add_tcase(suite, walk);
    return suite;
}
