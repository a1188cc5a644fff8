#include "lib/dnssec/bitmap.h"

#include "lib/wire/type.h"
#include "tests/unit/suites.h"

#define BYTES(literal)                                                                             \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }

static const struct {
    const char *what;
    struct bytes bitmap;
    bool sound;
    unsigned count;
} forms[] = {
    { "no window: an empty non-terminal's NSEC3", BYTES(""), true, 0 },
    { "A NS", BYTES("\0\1\x60"), true, 2 },
    { "two windows", BYTES("\0\1\x40\1\1\x40"), true, 2 },
    { "a window of 32 octets",
      BYTES("\0\x20"
            "01234567890123456789012345678901"),
      true, 110 },
    { "a window of 33 octets",
      BYTES("\0\x21"
            "012345678901234567890123456789012"),
      false, 0 },
    { "a window of no octets", BYTES("\0\0"), false, 0 },
    { "a window that ends early", BYTES("\0\3\x40\0"), false, 0 },
    { "a window without length", BYTES("\0"), false, 0 },
    { "the same window twice", BYTES("\0\1\x40\0\1\x40"), false, 0 },
    { "windows that descend", BYTES("\1\1\x40\0\1\x40"), false, 0 },
    { "an octet behind the last window", BYTES("\0\1\x40\7"), false, 0 },
    { "the last window there can be", BYTES("\xff\1\x80"), true, 1 },
};

START_TEST(bitmap_is_sound_when_windows_ascend_and_end_with_the_rdata) /* RFC 4034 §4.1.2 */
{
    ck_assert_msg(bitmap_is_sound(forms[_i].bitmap) == forms[_i].sound, "%s", forms[_i].what);
    ck_assert_msg(bitmap_count(forms[_i].bitmap) == forms[_i].count, "%s", forms[_i].what);
}
END_TEST

/* The map of RFC 4034 §4.3: A MX RRSIG NSEC TYPE1234. */
static const uint8_t example[] = "\x00\x06\x40\x01\x00\x00\x00\x03"
                                 "\x04\x1b\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                                 "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x20";

START_TEST(bitmap_has_exactly_the_types_of_the_example) /* RFC 4034 §4.3 */
{
    struct bytes bitmap = { example, sizeof example - 1 };

    ck_assert_uint_eq(bitmap_count(bitmap), 5);
    for (uint32_t type = 0; type <= UINT16_MAX; type++) {
        bool expected = type == TYPE_A || type == TYPE_MX || type == TYPE_RRSIG ||
                        type == TYPE_NSEC || type == 1234;
        ck_assert_msg(bitmap_has(bitmap, (uint16_t)type) == expected, "type %u", type);
    }
}
END_TEST

START_TEST(bitmap_has_nothing_when_unsound)
{
    struct bytes bitmap = BYTES("\0\1\x40\0\1\x40");
    ck_assert(!bitmap_has(bitmap, TYPE_A));
}
END_TEST

Suite *dnssec_bitmap_suite(void)
{
    Suite *suite = suite_create("dnssec/bitmap");
    TCase *tcase = tcase_create("bitmap");
    tcase_add_loop_test(tcase, bitmap_is_sound_when_windows_ascend_and_end_with_the_rdata, 0,
                        sizeof forms / sizeof *forms);
    tcase_add_test(tcase, bitmap_has_exactly_the_types_of_the_example);
    tcase_add_test(tcase, bitmap_has_nothing_when_unsound);
    suite_add_tcase(suite, tcase);
    return suite;
}
