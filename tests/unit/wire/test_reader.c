#include "lib/wire/reader.h"

#include "tests/unit/wire/wire_test.h"

/* Twelve octets that stand for the header, where no name may begin. */
#define HEADER "\1a\1a\1a\1a\1a\0\0"

/* ---- octets ---- */

START_TEST(reader_take_stops_at_the_end_and_the_error_sticks)
{
    struct reader r = reader_over(SPAN("abc"));
    ck_assert_mem_eq(reader_take(&r, 2), "ab", 2);
    ck_assert_uint_eq(reader_left(&r), 1);
    ck_assert_uint_eq(reader_offset(&r), 2);
    ck_assert_ptr_null(reader_take(&r, 2));
    ck_assert(r.failed);
    ck_assert_ptr_null(reader_take(&r, 1)); /* there was one left: it sticks */
    ck_assert_uint_eq(reader_left(&r), 0);
    ck_assert_ptr_null(reader_take(&r, SIZE_MAX));
}
END_TEST

START_TEST(reader_over_nothing_reads_nothing)
{
    struct reader r = reader_over((struct bytes){ NULL, 0 });
    ck_assert_uint_eq(reader_left(&r), 0);
    ck_assert_ptr_nonnull(reader_take(&r, 0));
    ck_assert_uint_eq(reader_u8(&r), 0);
    ck_assert(r.failed);
}
END_TEST

START_TEST(reader_integers_are_big_endian_and_zero_when_short)
{
    struct bytes octets = SPAN("\x01\xF2\xF3\xF4\xF5\xF6\xF7\xF8\xF9\xFA\xFB\xFC\xFD");
    struct reader r = reader_over(octets);
    ck_assert_uint_eq(reader_u8(&r), 0x01);
    ck_assert_uint_eq(reader_u16(&r), 0xF2F3);
    ck_assert_uint_eq(reader_u32(&r), 0xF4F5F6F7);
    ck_assert_uint_eq(reader_u48(&r), UINT64_C(0xF8F9FAFBFCFD));
    ck_assert_uint_eq(reader_left(&r), 0);
    ck_assert(!r.failed);

    struct reader two = reader_over(SPAN("\xFF")), four = reader_over(SPAN("\xFF\xFF\xFF"));
    struct reader six = reader_over(SPAN("\xFF\xFF\xFF\xFF\xFF"));
    ck_assert_uint_eq(reader_u16(&two), 0);
    ck_assert_uint_eq(reader_u32(&four), 0);
    ck_assert_uint_eq(reader_u48(&six), 0);
    ck_assert(two.failed && four.failed && six.failed);
}
END_TEST

START_TEST(reader_part_is_bounded_and_the_whole_goes_on_behind_it)
{
    struct reader r = reader_over(SPAN("abcdef"));
    reader_take(&r, 1);
    struct reader part = reader_part(&r, 3);
    ck_assert_uint_eq(reader_left(&part), 3);
    ck_assert_ptr_null(reader_take(&part, 4));
    ck_assert(!r.failed);
    ck_assert_uint_eq(reader_u8(&r), 'e');
}
END_TEST

START_TEST(reader_part_that_does_not_fit_fails_both)
{
    struct reader r = reader_over(SPAN("abc"));
    struct reader part = reader_part(&r, 4);
    ck_assert(part.failed && r.failed);
    ck_assert_uint_eq(reader_left(&part), 0);
}
END_TEST

/* ---- names ---- */

static const struct {
    const char *why;
    struct bytes message;
    size_t at;
    const char *text; /* NULL: refused */
    size_t behind;    /* where the reader then stands */
} rows[] = {
    { "the root is one octet", BYTES("\0"), 0, ".", 1 },
    { "labels end at the root", BYTES("\3www\2se\0\7"), 0, "www.se.", 8 },
    { "nothing there", BYTES("a"), 1, NULL, 0 },
    { "ends inside a label", BYTES("\3ww"), 0, NULL, 0 },
    { "no root", BYTES("\3www"), 0, NULL, 0 },
    { "label type 01 is reserved",
      BYTES(HEADER "\x40"
                   "a\0"),
      12, NULL, 0 },
    { "label type 10 is reserved",
      BYTES(HEADER "\x80"
                   "a\0"),
      12, NULL, 0 },
    { "label type 10, octets enough",
      BYTES("\x80"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0"),
      0, NULL, 0 },
    { "a pointer to a name", BYTES(HEADER "\2se\0\3www\xC0\x0C"), 16, "www.se.", 22 },
    { "a pointer alone", BYTES(HEADER "\2se\0\xC0\x0C"), 16, "se.", 18 },
    { "a pointer to a pointer", BYTES(HEADER "\2se\0\xC0\x0C\1a\xC0\x10"), 18, "a.se.", 22 },
    { "a pointer to a pointer to the root", BYTES(HEADER "\0\xC0\x0C\xC0\x0D"), 15, ".", 17 },
    { "a pointer to itself", BYTES(HEADER "\xC0\x0C"), 12, NULL, 0 },
    { "a pointer to the name it ends", BYTES(HEADER "\1a\xC0\x0C"), 12, NULL, 0 },
    { "a pointer into the name it ends", BYTES(HEADER "\1a\1b\xC0\x0E"), 12, NULL, 0 },
    { "a pointer forward", BYTES(HEADER "\xC0\x0E\0"), 12, NULL, 0 },
    { "two pointers in a ring", BYTES(HEADER "\xC0\x0E\xC0\x0C"), 14, NULL, 0 },
    { "a pointer into the header", BYTES(HEADER "\xC0\x0A"), 12, NULL, 0 },
    { "a pointer to the header's first octet", BYTES(HEADER "\xC0\x00"), 12, NULL, 0 },
    { "a pointer beyond the message", BYTES(HEADER "\xFF\xFF"), 12, NULL, 0 },
    { "half a pointer", BYTES(HEADER "\2se\0\xC0"), 16, NULL, 0 },
    { "labels that run on into the pointer", BYTES(HEADER "\1a\2b\xC0\x0C"), 15, NULL, 0 },
    { "labels that run over what pointed to them", BYTES(HEADER "\3a\xC0\x0C\0"), 14, NULL, 0 },
};

START_TEST(reader_name_accepts_or_refuses) /* RFC 1035 §4.1.4, RFC 9267 §2 */
{
    struct reader r = reader_over(rows[_i].message);
    struct name name = name_of("left.over.");
    reader_take(&r, rows[_i].at);
    reader_name(&r, &name);
    ck_assert_msg(r.failed == (rows[_i].text == NULL), "%s", rows[_i].why);
    if (r.failed) {
        ck_assert_uint_eq(name.len, 0);
        ck_assert_uint_eq(name.labels, 0);
        return;
    }
    assert_name(&name, rows[_i].text);
    ck_assert_uint_eq(reader_offset(&r), rows[_i].behind);
}
END_TEST

/* A root at 12, then `pointers` pointers, each to the octets before it. */
static size_t pointer_chain(uint8_t *message, unsigned pointers)
{
    size_t at = 13, target = 12;
    memset(message, 0, at);
    for (unsigned i = 0; i < pointers; i++, at += 2) {
        message[at] = (uint8_t)(POINTER_TAG | target >> 8);
        message[at + 1] = (uint8_t)target;
        target = at;
    }
    return at;
}

START_TEST(reader_name_follows_127_pointers_and_no_more) /* LIMITS G1 */
{
    for (unsigned pointers = 126; pointers <= 129; pointers++) {
        uint8_t message[512];
        size_t len = pointer_chain(message, pointers);
        struct reader r = reader_over((struct bytes){ message, len });
        struct name name;
        reader_take(&r, len - 2);
        reader_name(&r, &name);
        ck_assert_int_eq(r.failed, pointers > NAME_LABELS_MAX);
        ck_assert_uint_le(r.steps, NAME_LABELS_MAX + 1);
    }
}
END_TEST

/* A root at 12, then `labels` times a label and a pointer to what came before. */
static size_t label_chain(uint8_t *message, unsigned labels)
{
    size_t at = 13, target = 12;
    memset(message, 0, at);
    for (unsigned i = 0; i < labels; i++, at += 4) {
        memcpy(message + at, "\1a", 2);
        message[at + 2] = (uint8_t)(POINTER_TAG | target >> 8);
        message[at + 3] = (uint8_t)target;
        target = at;
    }
    return at;
}

START_TEST(reader_name_of_127_labels_and_pointers_takes_255_steps) /* LIMITS G1 */
{
    uint8_t message[1024];
    size_t len = label_chain(message, 127);
    struct reader r = reader_over((struct bytes){ message, len });
    struct name name;
    reader_take(&r, len - 4);
    reader_name(&r, &name);
    ck_assert(!r.failed);
    ck_assert_uint_eq(name.len, NAME_OCTETS_MAX);
    ck_assert_uint_eq(name.labels, NAME_LABELS_MAX);
    ck_assert_uint_eq(r.steps, 255);

    len = label_chain(message, 128);
    r = reader_over((struct bytes){ message, len });
    reader_take(&r, len - 4);
    reader_name(&r, &name);
    ck_assert(r.failed);
    ck_assert_uint_le(r.steps, 256);
}
END_TEST

START_TEST(reader_name_takes_255_octets_and_no_more) /* RFC 1035 §3.1 */
{
    for (uint8_t last = 60; last <= 63; last++) { /* 3 * 64 + 1 + 61 + 1 is 255 */
        uint8_t message[257] = { 0 };
        for (unsigned i = 0; i < 3; i++)
            message[64 * i] = 63;
        message[192] = last;
        struct reader r = reader_over((struct bytes){ message, sizeof message });
        struct reader plain = r;
        struct name name;
        reader_name(&r, &name);
        ck_assert_int_eq(r.failed, last > 61);
        reader_plain_name(&plain, &name);
        ck_assert_int_eq(plain.failed, last > 61);
        ck_assert_uint_eq(name.len, plain.failed ? 0 : 194u + last);
    }
}
END_TEST

START_TEST(reader_name_in_a_part_points_into_the_whole_but_reads_no_octet_behind_it)
{
    struct reader r = reader_over(SPAN(HEADER "\2se\0\1a\xC0\x0C\3www\0"));
    struct name name;
    reader_take(&r, 16);
    struct reader part = reader_part(&r, 4);
    reader_name(&part, &name);
    assert_name(&name, "a.se.");
    ck_assert_uint_eq(reader_left(&part), 0);

    part = reader_part(&r, 4); /* \3www, its root stands behind the part: LIMITS G3 */
    reader_name(&part, &name);
    ck_assert(part.failed);
    ck_assert(!r.failed);
}
END_TEST

START_TEST(reader_name_yields_no_name_once_the_reader_has_failed)
{
    struct reader r = reader_over(SPAN("\0"));
    struct name name = name_of("se.");
    r.failed = true;
    reader_name(&r, &name);
    ck_assert_uint_eq(name.len, 0);
}
END_TEST

START_TEST(reader_plain_name_refuses_every_pointer) /* RFC 3597 §4 */
{
    struct reader r = reader_over(SPAN(HEADER "\2se\0\1a\xC0\x0C"));
    struct name name;
    reader_take(&r, 12);
    reader_plain_name(&r, &name);
    assert_name(&name, "se.");
    reader_plain_name(&r, &name);
    ck_assert(r.failed);
    ck_assert_uint_eq(name.len, 0);

    r = reader_over(SPAN("\3ww"));
    reader_plain_name(&r, &name);
    ck_assert(r.failed);
}
END_TEST

Suite *wire_reader_suite(void)
{
    Suite *suite = suite_create("wire/reader");
    TCase *octets = tcase_create("octets"), *names = tcase_create("names");
    tcase_add_test(octets, reader_take_stops_at_the_end_and_the_error_sticks);
    tcase_add_test(octets, reader_over_nothing_reads_nothing);
    tcase_add_test(octets, reader_integers_are_big_endian_and_zero_when_short);
    tcase_add_test(octets, reader_part_is_bounded_and_the_whole_goes_on_behind_it);
    tcase_add_test(octets, reader_part_that_does_not_fit_fails_both);
    tcase_add_loop_test(names, reader_name_accepts_or_refuses, 0, sizeof rows / sizeof *rows);
    tcase_add_test(names, reader_name_follows_127_pointers_and_no_more);
    tcase_add_test(names, reader_name_of_127_labels_and_pointers_takes_255_steps);
    tcase_add_test(names, reader_name_takes_255_octets_and_no_more);
    tcase_add_test(names, reader_name_in_a_part_points_into_the_whole_but_reads_no_octet_behind_it);
    tcase_add_test(names, reader_name_yields_no_name_once_the_reader_has_failed);
    tcase_add_test(names, reader_plain_name_refuses_every_pointer);
    suite_add_tcase(suite, octets);
    suite_add_tcase(suite, names);
    return suite;
}
