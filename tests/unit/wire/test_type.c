#include "lib/wire/type.h"

#include "lib/wire/field.h"
#include "lib/wire/type_table.h"
#include "tests/unit/wire/wire_test.h"

enum { ROOM = 70000, HEADER = 12 };

/* ---- types ---- */

START_TEST(the_rows_ascend_and_each_is_found)
{
    for (size_t i = 0; i < type_row_count; i++) {
        ck_assert(i == 0 || type_rows[i - 1].number < type_rows[i].number);
        ck_assert_ptr_eq(type_find(type_rows[i].number), &type_rows[i]);
    }
    ck_assert_ptr_null(type_find(0));
    ck_assert_ptr_null(type_find(54));
    ck_assert_ptr_null(type_find(65535));
}
END_TEST

START_TEST(a_type_is_written_by_its_name_or_by_rfc_3597) /* RFC 3597 §5 */
{
    char text[TYPE_TEXT];
    uint16_t number;

    ck_assert_str_eq(type_text(TYPE_AAAA, text), "AAAA");
    ck_assert_str_eq(type_text(23, text), "NSAP-PTR");
    ck_assert_str_eq(type_text(65280, text), "TYPE65280");
    ck_assert_str_eq(type_text(0, text), "TYPE0");
    for (unsigned type = 0; type <= UINT16_MAX; type++) {
        ck_assert(type_from_text(type_text((uint16_t)type, text), &number));
        ck_assert_uint_eq(number, type);
    }
}
END_TEST

START_TEST(a_type_is_read_in_any_case_and_by_number_even_if_it_has_a_name)
{
    uint16_t number;

    ck_assert(type_from_text("https", &number));
    ck_assert_uint_eq(number, TYPE_HTTPS);
    ck_assert(type_from_text("type1", &number));
    ck_assert_uint_eq(number, TYPE_A);
}
END_TEST

START_TEST(what_is_no_type_is_refused)
{
    static const char *const words[] = { "",      "T",         "TYPE",          "TYPE-1", "TYPE1x",
                                         "AAAAA", "TYPE65536", "TYPE 1",        "TYPE+1", "TYP1",
                                         "*",     "CLASS1",    "TYPE4294967297" };
    uint16_t number = 7;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        ck_assert_msg(!type_from_text(words[i], &number), "%s", words[i]);
    ck_assert_uint_eq(number, 7);
}
END_TEST

START_TEST(meta_types_are_opt_zero_and_128_to_255) /* RFC 6895 §3.1 */
{
    ck_assert(type_is_meta(0) && type_is_meta(TYPE_OPT) && type_is_meta(128) && type_is_meta(255));
    ck_assert(!type_is_meta(127) && !type_is_meta(256) && !type_is_meta(TYPE_A));
    for (size_t i = 0; i < type_row_count; i++) {
        bool flagged = type_rows[i].flags & TYPE_META;
        ck_assert_int_eq(flagged, type_is_meta(type_rows[i].number));
    }
}
END_TEST

START_TEST(the_types_of_rfc_1035_alone_are_compressed_when_sent) /* RFC 3597 §4 */
{
    static const uint16_t compressed[] = { 2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15 };
    size_t found = 0;

    for (size_t i = 0; i < type_row_count; i++) {
        if (type_rows[i].flags & TYPE_COMPRESSES)
            ck_assert_uint_eq(type_rows[i].number, compressed[found++]);
    }
    ck_assert_uint_eq(found, sizeof(compressed) / sizeof(compressed[0]));
}
END_TEST

START_TEST(the_types_of_rfc_4034_without_nsec_are_lowered) /* RFC 4034 §6.2, RFC 6840 §5.1 */
{
    static const uint16_t lowered[] = { 2,  3,  4,  5,  6,  7,  8,  9,  12, 14, 15, 17,
                                        18, 21, 24, 26, 30, 33, 35, 36, 38, 39, 46 };
    size_t found = 0;

    for (size_t i = 0; i < type_row_count; i++) {
        if (type_rows[i].flags & TYPE_LOWERS)
            ck_assert_uint_eq(type_rows[i].number, lowered[found++]);
    }
    ck_assert_uint_eq(found, sizeof(lowered) / sizeof(lowered[0]));
}
END_TEST

/* ---- rdata_read ---- */

/* A message of a header, the name www.example. at 12, example. at 16, then rdata, then more. */
struct message {
    uint8_t octets[HEADER + 13 + 600];
    struct reader whole, part;
};

static void message_with(struct message *message, struct bytes rdata)
{
    memset(message->octets, 0xEE, sizeof(message->octets));
    memcpy(message->octets + HEADER, "\3www\7example", 13);
    memcpy(message->octets + HEADER + 13, rdata.at, rdata.len);
    message->whole = reader_over((struct bytes){ message->octets, sizeof(message->octets) });
    reader_take(&message->whole, HEADER + 13);
    message->part = reader_part(&message->whole, rdata.len);
}

static uint8_t room[ROOM];

static enum status read_rdata(uint16_t type, struct bytes rdata, struct writer *into)
{
    struct message message;
    message_with(&message, rdata);
    return rdata_read(&message.part, type, into);
}

static void assert_read(uint16_t type, struct bytes rdata, struct bytes expected)
{
    struct writer into;
    writer_init(&into, room, sizeof(room));
    writer_u8(&into, 9);
    ck_assert_msg(read_rdata(type, rdata, &into) == ST_OK, "type %u", type);
    assert_bytes((struct bytes){ room + 1, into.len - 1 }, expected);
}

START_TEST(rdata_read_expands_the_names_of_rfc_1035_and_of_rfc_3597) /* RFC 3597 §4 */
{
    assert_read(TYPE_NS, SPAN("\300\14"), SPAN("\3www\7example\0"));
    assert_read(TYPE_MX, SPAN("\0\12\1m\300\20"), SPAN("\0\12\1m\7example\0"));
    assert_read(TYPE_SOA,
                SPAN("\300\14\300\20"
                     "01234567890123456789"),
                SPAN("\3www\7example\0\7example\0"
                     "01234567890123456789"));
    assert_read(TYPE_SRV, SPAN("\0\1\0\2\0\3\300\20"), SPAN("\0\1\0\2\0\3\7example\0"));
    assert_read(35, SPAN("\0\1\0\1\0\0\0\300\20"), SPAN("\0\1\0\1\0\0\0\7example\0"));
    assert_read(17, SPAN("\300\20\300\20"), SPAN("\7example\0\7example\0"));
    assert_read(TYPE_SIG, SPAN("\0\1\10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\300\20s"),
                SPAN("\0\1\10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\7example\0s"));
    assert_read(TYPE_NXT, SPAN("\300\20\1"), SPAN("\7example\0\1"));
}
END_TEST

START_TEST(rdata_read_refuses_a_pointer_in_newer_types) /* RFC 3597 §4, RFC 4034 §3.1.7, §4.1.1 */
{
    static const struct {
        uint16_t type;
        struct bytes rdata;
    } rows[] = {
        { TYPE_DNAME, BYTES("\300\14") },
        { 36, BYTES("\0\1\300\14") },
        { TYPE_RRSIG, BYTES("\0\1\10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\300\14s") },
        { TYPE_NSEC, BYTES("\300\14\0\1\100") },
        { TYPE_SVCB, BYTES("\0\1\300\14") },
        { TYPE_HTTPS, BYTES("\0\1\300\14") },
        { 107, BYTES("\0\1\300\14") },
        { 66, BYTES("\0\73\1\24\357\300\14") },
        { 260, BYTES("\12\3\300\14") },
        { 55, BYTES("\1\2\0\1\1\1\300\14") },
    };
    struct writer into;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        writer_init(&into, room, sizeof(room));
        enum status status = read_rdata(rows[i].type, rows[i].rdata, &into);
        ck_assert_msg(status == ST_MALFORMED, "type %u", rows[i].type);
        ck_assert_uint_eq(into.len, 0);
    }
}
END_TEST

START_TEST(rdata_read_keeps_within_rdlength) /* LIMITS G3 */
{
    static const struct {
        uint16_t type;
        struct bytes rdata;
    } rows[] = {
        { TYPE_NS, BYTES("\1a") },       /* the label's end lies beyond */
        { TYPE_NS, BYTES("\300") },      /* half a pointer */
        { TYPE_NS, BYTES("\300\14\0") }, /* an octet more */
        { TYPE_MX, BYTES("\0\12") },     { TYPE_A, BYTES("\1\2\3") },
        { TYPE_A, BYTES("\1\2\3\4\5") }, { TYPE_NS, BYTES("\300\31") }, /* to itself */
        { TYPE_NS, BYTES("\300\377") },                                 /* ahead */
        { TYPE_NS, BYTES("\300\0") },                                   /* into the header */
        { TYPE_NS, BYTES("") },
    };
    struct writer into;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        writer_init(&into, room, sizeof(room));
        ck_assert_msg(read_rdata(rows[i].type, rows[i].rdata, &into) == ST_MALFORMED, "row %zu", i);
    }
}
END_TEST

START_TEST(rdata_read_takes_what_it_does_not_know_as_it_is) /* RFC 3597 §3 */
{
    assert_read(65280, SPAN("\300\14\0\377"), SPAN("\300\14\0\377"));
    assert_read(65280, SPAN(""), SPAN(""));
}
END_TEST

START_TEST(rdata_read_into_a_full_room_leaves_it_as_it_was)
{
    struct writer into;

    writer_init(&into, room, 13);
    writer_u8(&into, 9);
    ck_assert_int_eq(read_rdata(TYPE_NS, SPAN("\300\14"), &into), ST_LIMIT); /* 13 octets in 12 */
    ck_assert_uint_eq(into.len, 1);
    ck_assert(!into.failed);
    ck_assert_int_eq(read_rdata(TYPE_NS, SPAN("\300\20"), &into), ST_OK);
    into.failed = true;
    ck_assert_int_eq(read_rdata(TYPE_NS, SPAN("\0"), &into), ST_LIMIT);
}
END_TEST

START_TEST(rdata_read_refuses_what_expansion_makes_longer_than_rdlength_can_say)
{
    static uint8_t octets[HEADER + 13 + 65535];
    const size_t tail = 65535 - 13;
    struct writer into;

    memcpy(octets + HEADER, "\3www\7example\0\300\14", 15);
    for (size_t over = 0; over < 2; over++) {
        struct reader r = reader_over((struct bytes){ octets, HEADER + 15 + tail + over });
        reader_take(&r, HEADER + 13);
        writer_init(&into, room, sizeof(room));
        ck_assert_int_eq(rdata_read(&r, TYPE_NXT, &into), over ? ST_MALFORMED : ST_OK);
    }
}
END_TEST

/* ---- canonical form ---- */

static const struct canonical_row {
    uint16_t type;
    struct bytes rdata, canonical;
} canonical_rows[] = {
    { TYPE_NS, BYTES("\2AZ\3[@`\0"), BYTES("\2az\3[@`\0") },
    { TYPE_SOA, BYTES("\1A\0\1B\0ABCDEFGHIJKLMNOPQRST"), BYTES("\1a\0\1b\0ABCDEFGHIJKLMNOPQRST") },
    { TYPE_MX, BYTES("AB\1C\0"), BYTES("AB\1c\0") },
    { TYPE_SRV, BYTES("ABCDEF\1G\0"), BYTES("ABCDEF\1g\0") },
    { TYPE_DNAME, BYTES("\1A\0"), BYTES("\1a\0") },
    { 35, BYTES("ABCD\1E\1F\1G\1H\0"), BYTES("ABCD\1E\1F\1G\1h\0") },
    { 38, BYTES("\100ABCDEFGH\1I\0"), BYTES("\100ABCDEFGH\1i\0") },
    { TYPE_RRSIG, BYTES("ABCDEFGHIJKLMNOPQR\1S\0T"), BYTES("ABCDEFGHIJKLMNOPQR\1s\0T") },
    { TYPE_NXT, BYTES("\1A\0B"), BYTES("\1a\0B") },
    { TYPE_NSEC, BYTES("\1A\0\0\1A"), BYTES("\1A\0\0\1A") }, /* RFC 6840 §5.1 */
    { 13, BYTES("\1A\1B"), BYTES("\1A\1B") },                /* no names in it */
    { TYPE_TXT, BYTES("\1A"), BYTES("\1A") },
    { TYPE_SVCB, BYTES("\0\1\1A\0"), BYTES("\0\1\1A\0") }, /* newer than RFC 3597 §7 */
    { 65280, BYTES("\1A\0"), BYTES("\1A\0") },
    { TYPE_NS, BYTES("\5ABC"), BYTES("\5ABC") }, /* not of its form: as it is */
    { 10, BYTES(""), BYTES("") },
};

START_TEST(canonical_form_lowers_names_where_the_rfcs_say_so) /* RFC 4034 §6.2 */
{
    const struct canonical_row *row = &canonical_rows[_i];
    uint8_t found[64], again[64];

    rdata_canonical(row->type, row->rdata, found);
    assert_bytes((struct bytes){ found, row->rdata.len }, row->canonical);
    rdata_canonical(row->type, (struct bytes){ found, row->rdata.len }, again);
    assert_bytes((struct bytes){ again, row->rdata.len }, row->canonical);
    ck_assert_int_eq(rdata_compare(row->type, row->rdata, row->canonical), 0);
}
END_TEST

START_TEST(rdata_compare_orders_canonical_forms_as_octets) /* RFC 4034 §6.3 */
{
    ck_assert_int_lt(rdata_compare(TYPE_NS, SPAN("\1B\0"), SPAN("\1c\0")), 0);
    ck_assert_int_gt(rdata_compare(TYPE_NS, SPAN("\1c\0"), SPAN("\1B\0")), 0);
    ck_assert_int_lt(rdata_compare(TYPE_NS, SPAN("\1_\0"), SPAN("\1A\0")), 0);
    ck_assert_int_eq(rdata_compare(TYPE_MX, SPAN("\0A\1B\0"), SPAN("\0A\1b\0")), 0);
    ck_assert_int_lt(rdata_compare(TYPE_MX, SPAN("\0A\1b\0"), SPAN("\0a\1b\0")), 0);
    ck_assert_int_lt(rdata_compare(TYPE_TXT, SPAN("\1A"), SPAN("\1a")), 0);
    ck_assert_int_lt(rdata_compare(TYPE_NSEC, SPAN("\1A\0\0\1A"), SPAN("\1a\0\0\1A")), 0);
    /* The end of the shorter sorts before any octet, zero too. */
    ck_assert_int_lt(rdata_compare(10, SPAN("a"), SPAN("a\0")), 0);
    ck_assert_int_lt(rdata_compare(TYPE_NXT, SPAN("\1A\0"), SPAN("\1a\0\0")), 0);
    ck_assert_int_lt(rdata_compare(10, SPAN(""), SPAN("\0")), 0);
    ck_assert_int_lt(rdata_compare(TYPE_A, SPAN("\177\0\0\1"), SPAN("\200\0\0\1")), 0);
}
END_TEST

/* ---- rdata_write and rdata_name ---- */

static struct bytes written(uint16_t type, struct bytes rdata)
{
    static struct writer w;

    writer_init(&w, room, sizeof(room));
    writer_octets(&w, SPAN("............"));
    struct name name = name_of("www.example.");
    writer_name(&w, &name);
    rdata_write(&w, type, rdata);
    ck_assert(!w.failed);
    return (struct bytes){ room + HEADER + 13, w.len - HEADER - 13 };
}

START_TEST(rdata_write_compresses_what_rfc_1035_defines_and_nothing_else) /* RFC 3597 §4 */
{
    assert_bytes(written(TYPE_NS, SPAN("\2ns\7example\0")), SPAN("\0\5\2ns\300\20"));
    assert_bytes(written(TYPE_MX, SPAN("\0\12\7example\0")), SPAN("\0\4\0\12\300\20"));
    assert_bytes(written(TYPE_SRV, SPAN("\0\0\0\0\0\1\7example\0")),
                 SPAN("\0\17\0\0\0\0\0\1\7example\0"));
    assert_bytes(written(TYPE_DNAME, SPAN("\7example\0")), SPAN("\0\11\7example\0"));
    assert_bytes(written(TYPE_A, SPAN("\1\2\3\4")), SPAN("\0\4\1\2\3\4"));
    assert_bytes(written(65280, SPAN("")), SPAN("\0\0"));
}
END_TEST

START_TEST(rdata_write_keeps_the_octets_of_what_is_not_of_its_form)
{
    assert_bytes(written(TYPE_NS, SPAN("\7example\0x")), SPAN("\0\12\7example\0x"));
    assert_bytes(written(TYPE_NS, SPAN("\5ab")), SPAN("\0\3\5ab"));
}
END_TEST

START_TEST(rdata_write_fails_when_there_is_no_room)
{
    static const uint8_t octets[65536];
    struct writer w;

    for (size_t size = 0; size < 6; size++) {
        writer_init(&w, room, size);
        rdata_write(&w, TYPE_A, SPAN("\1\2\3\4"));
        ck_assert(w.failed);
    }
    writer_init(&w, room, sizeof(room));
    rdata_write(&w, 65280, (struct bytes){ octets, sizeof(octets) });
    ck_assert(w.failed);
}
END_TEST

START_TEST(rdata_name_counts_the_names_from_the_left)
{
    struct name name;
    struct bytes soa = SPAN("\1a\0\1b\0ABCDEFGHIJKLMNOPQRST");

    ck_assert(rdata_name(TYPE_SOA, soa, 0, &name));
    assert_name(&name, "a.");
    ck_assert(rdata_name(TYPE_SOA, soa, 1, &name));
    assert_name(&name, "b.");
    ck_assert(!rdata_name(TYPE_SOA, soa, 2, &name));
    ck_assert(rdata_name(TYPE_SVCB, SPAN("\0\0\1t\0"), 0, &name));
    assert_name(&name, "t.");
    ck_assert(rdata_name(45, SPAN("\12\3\2\1g\0key"), 0, &name));
    assert_name(&name, "g.");
    ck_assert(!rdata_name(45, SPAN("\12\1\2\1g\0\0key"), 0, &name));
    ck_assert(!rdata_name(TYPE_A, SPAN("\1\2\3\4"), 0, &name));
    ck_assert(!rdata_name(TYPE_MX, SPAN("\0\12\5a"), 0, &name));
}
END_TEST

static void add_rdata(Suite *suite)
{
    TCase *read = tcase_create("rdata_read");
    tcase_add_test(read, rdata_read_expands_the_names_of_rfc_1035_and_of_rfc_3597);
    tcase_add_test(read, rdata_read_refuses_a_pointer_in_newer_types);
    tcase_add_test(read, rdata_read_keeps_within_rdlength);
    tcase_add_test(read, rdata_read_takes_what_it_does_not_know_as_it_is);
    tcase_add_test(read, rdata_read_into_a_full_room_leaves_it_as_it_was);
    tcase_add_test(read, rdata_read_refuses_what_expansion_makes_longer_than_rdlength_can_say);
    suite_add_tcase(suite, read);

    TCase *canonical = tcase_create("canonical");
    tcase_add_loop_test(canonical, canonical_form_lowers_names_where_the_rfcs_say_so, 0,
                        sizeof(canonical_rows) / sizeof(canonical_rows[0]));
    tcase_add_test(canonical, rdata_compare_orders_canonical_forms_as_octets);
    suite_add_tcase(suite, canonical);

    TCase *write = tcase_create("rdata_write");
    tcase_add_test(write, rdata_write_compresses_what_rfc_1035_defines_and_nothing_else);
    tcase_add_test(write, rdata_write_keeps_the_octets_of_what_is_not_of_its_form);
    tcase_add_test(write, rdata_write_fails_when_there_is_no_room);
    tcase_add_test(write, rdata_name_counts_the_names_from_the_left);
    suite_add_tcase(suite, write);
}

Suite *wire_type_suite(void)
{
    Suite *suite = suite_create("wire/type");
    TCase *types = tcase_create("types");
    tcase_add_test(types, the_rows_ascend_and_each_is_found);
    tcase_add_test(types, a_type_is_written_by_its_name_or_by_rfc_3597);
    tcase_add_test(types, a_type_is_read_in_any_case_and_by_number_even_if_it_has_a_name);
    tcase_add_test(types, what_is_no_type_is_refused);
    tcase_add_test(types, meta_types_are_opt_zero_and_128_to_255);
    tcase_add_test(types, the_types_of_rfc_1035_alone_are_compressed_when_sent);
    tcase_add_test(types, the_types_of_rfc_4034_without_nsec_are_lowered);
    suite_add_tcase(suite, types);
    add_rdata(suite);
    return suite;
}
