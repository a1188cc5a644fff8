#include "lib/wire/writer.h"

#include <stdio.h>

#include "lib/wire/reader.h"
#include "tests/unit/wire/wire_test.h"

static uint8_t room[65535];
static struct writer w;

static void set_up(void)
{
    memset(room, 0xEE, sizeof room);
    writer_init(&w, room, sizeof room);
}

static struct bytes written(void)
{
    return (struct bytes){ room, w.len };
}

static void write_name(const char *text)
{
    struct name name = name_of(text);
    writer_name(&w, &name);
}

/* ---- octets ---- */

START_TEST(writer_integers_are_big_endian)
{
    writer_u8(&w, 0x01);
    writer_u16(&w, 0xF2F3);
    writer_u32(&w, 0xF4F5F6F7);
    writer_octets(&w, SPAN("ab"));
    writer_octets(&w, (struct bytes){ NULL, 0 });
    assert_bytes(written(), SPAN("\x01\xF2\xF3\xF4\xF5\xF6\xF7"
                                 "ab"));
    ck_assert(!w.failed);
}
END_TEST

START_TEST(writer_failure_sticks_and_writes_nothing)
{
    writer_init(&w, room, 3);
    writer_u16(&w, 1);
    writer_u16(&w, 0x7777);
    ck_assert(w.failed);
    writer_u8(&w, 0x77); /* would fit */
    ck_assert_uint_eq(w.len, 2);
    ck_assert_int_eq(room[2], 0xEE);
    ck_assert_int_eq(room[3], 0xEE);
    writer_u16_at(&w, 0, 0x7777);
    ck_assert_int_eq(room[0], 0);
}
END_TEST

START_TEST(writer_back_takes_back_octets_names_and_the_failure)
{
    writer_init(&w, room, 12);
    write_name("a.");
    struct writer_mark mark = writer_mark(&w);
    write_name("b.a.");
    writer_octets(&w, SPAN("123456789"));
    ck_assert(w.failed);
    writer_back(&w, mark);
    ck_assert(!w.failed);
    write_name("b.a."); /* its own octets again, no pointer to what is gone */
    assert_bytes(written(), SPAN("\1a\0\1b\xC0\0"));
}
END_TEST

START_TEST(writer_u16_at_patches_only_what_was_written)
{
    writer_u32(&w, 0);
    writer_u16_at(&w, 2, 0x1234);
    assert_bytes(written(), SPAN("\0\0\x12\x34"));
    writer_u16_at(&w, 3, 0x7777);
    ck_assert(w.failed);
    assert_bytes(written(), SPAN("\0\0\x12\x34"));
    set_up();
    writer_u16_at(&w, SIZE_MAX, 0x7777);
    ck_assert(w.failed);
}
END_TEST

/* ---- names ---- */

START_TEST(writer_name_points_to_the_longest_suffix_written_before) /* RFC 1035 §4.1.4 */
{
    write_name("www.example.");
    write_name("mail.example.");
    write_name("x.WWW.Example."); /* folds case */
    write_name("example.");
    write_name("mail.example.");
    write_name(".");
    write_name("example.www.");
    assert_bytes(written(), SPAN("\3www\7example\0"
                                 "\4mail\xC0\x04"
                                 "\1x\xC0\x00"
                                 "\xC0\x04"
                                 "\xC0\x0D"
                                 "\0"
                                 "\7example\3www\0"));
}
END_TEST

START_TEST(writer_name_compares_label_by_label_not_octet_by_octet)
{
    write_name("x\\001a.");
    write_name("x.a.");
    assert_bytes(written(), SPAN("\3x\1a\0\1x\1a\0"));
}
END_TEST

START_TEST(writer_name_that_does_not_fit_leaves_no_trace)
{
    writer_init(&w, room, 6);
    write_name("abcde.");
    ck_assert(w.failed);
    ck_assert_uint_eq(w.len, 0);
    ck_assert_uint_eq(w.suffix_count, 0);
    ck_assert_int_eq(room[0], 0xEE);
    writer_init(&w, room, 7);
    write_name("abcde.");
    ck_assert(!w.failed);
}
END_TEST

START_TEST(writer_refuses_no_name_at_all)
{
    struct name none = { .len = 0 };
    writer_name(&w, &none);
    ck_assert(w.failed);
    set_up();
    writer_plain_name(&w, &none);
    ck_assert(w.failed);
    ck_assert_uint_eq(w.len, 0);
}
END_TEST

START_TEST(writer_plain_name_neither_points_nor_is_pointed_to) /* RFC 3597 §4 */
{
    struct name name = name_of("a.b.");
    writer_plain_name(&w, &name);
    writer_name(&w, &name);
    writer_plain_name(&w, &name);
    writer_name(&w, &name);
    assert_bytes(written(), SPAN("\1a\1b\0\1a\1b\0\1a\1b\0\xC0\x05"));
}
END_TEST

START_TEST(writer_name_points_to_no_offset_over_14_bits) /* RFC 1035 §4.1.4 */
{
    static const uint8_t filler[POINTER_OFFSETS];
    writer_octets(&w, (struct bytes){ filler, POINTER_OFFSETS - 3 });
    write_name("aa.b."); /* aa at 16,381 can be pointed to, b at 16,384 cannot */
    size_t before = w.len;
    write_name("aa.b.");
    ck_assert_uint_eq(w.len, before + 2);
    ck_assert_int_eq(room[before], 0xFF);
    ck_assert_int_eq(room[before + 1], 0xFD);
    write_name("b.");
    ck_assert_uint_eq(w.len, before + 2 + 3);
}
END_TEST

START_TEST(writer_remembers_120_suffixes_and_no_more) /* LIMITS G2, CVE-2024-8508 */
{
    char text[8];
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "n%u.", i % 1000);
        write_name(text);
    }
    ck_assert_uint_eq(w.suffix_count, COMPRESSION_NAMES_MAX);
    size_t before = w.len;
    write_name("n119.");
    ck_assert_uint_eq(w.len, before + 2);
    write_name("n120.");
    ck_assert_uint_eq(w.len, before + 2 + 6);
}
END_TEST

/* A name of up to 127 labels from the letters a, A and b: many suffixes are shared, or nearly. */
static struct name random_name(uint32_t *seed)
{
    struct name name = { .len = 0 };
    unsigned labels = (*seed >> 16) % 4 == 0 ? (*seed >> 8) % 128 : (*seed >> 8) % 6;
    for (unsigned i = 0; i < labels; i++) {
        *seed = *seed * 1664525 + 1013904223;
        uint8_t letter = (uint8_t) "aAbaaaAa"[*seed >> 29];
        ck_assert(name_push(&name, 1, &letter));
    }
    *seed = *seed * 1664525 + 1013904223;
    ck_assert(name_push(&name, 0, NULL));
    return name;
}

START_TEST(writer_names_read_back_equal_whatever_was_compressed)
{
    enum { NAMES = 1000 };
    static struct name names[NAMES];
    uint32_t seed = 7;
    writer_octets(&w, SPAN("123456789012")); /* the header: no name points there */
    for (unsigned i = 0; i < NAMES; i++) {
        names[i] = random_name(&seed);
        writer_name(&w, &names[i]);
    }
    ck_assert(!w.failed);
    struct reader r = reader_over(written());
    reader_take(&r, 12);
    for (unsigned i = 0; i < NAMES; i++) {
        struct name found;
        reader_name(&r, &found);
        ck_assert(name_equal(&found, &names[i]));
    }
    ck_assert(!r.failed);
    ck_assert_uint_eq(reader_left(&r), 0);
}
END_TEST

Suite *wire_writer_suite(void)
{
    Suite *suite = suite_create("wire/writer");
    TCase *octets = tcase_create("octets"), *names = tcase_create("names");
    tcase_add_checked_fixture(octets, set_up, NULL);
    tcase_add_test(octets, writer_integers_are_big_endian);
    tcase_add_test(octets, writer_failure_sticks_and_writes_nothing);
    tcase_add_test(octets, writer_back_takes_back_octets_names_and_the_failure);
    tcase_add_test(octets, writer_u16_at_patches_only_what_was_written);
    tcase_add_checked_fixture(names, set_up, NULL);
    tcase_add_test(names, writer_name_points_to_the_longest_suffix_written_before);
    tcase_add_test(names, writer_name_compares_label_by_label_not_octet_by_octet);
    tcase_add_test(names, writer_name_that_does_not_fit_leaves_no_trace);
    tcase_add_test(names, writer_refuses_no_name_at_all);
    tcase_add_test(names, writer_plain_name_neither_points_nor_is_pointed_to);
    tcase_add_test(names, writer_name_points_to_no_offset_over_14_bits);
    tcase_add_test(names, writer_remembers_120_suffixes_and_no_more);
    tcase_add_test(names, writer_names_read_back_equal_whatever_was_compressed);
    suite_add_tcase(suite, octets);
    suite_add_tcase(suite, names);
    return suite;
}
