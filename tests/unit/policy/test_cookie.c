#include "lib/policy/cookie.h"

#include <stdlib.h>

#include "tests/unit/wire/wire_test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The secrets of RFC 9018 Appendix A. */
#define SECRET     "e5e973e5a6b2a43f48e7dc849e37bfcf"
#define SECRET_OLD "dd3bdf9344b678b185a6f5cb60fca715"
#define SECRET_NEW "445536bcd2513298075a5d379663c962"

enum { NOON = 1700000000 };

static struct cookie_secrets secrets;
static struct endpoint client;
static uint8_t given[COOKIE_OCTETS];

static struct bytes text_span(const char *text)
{
    return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static void secrets_are(const char *text)
{
    ck_assert_int_eq(cookie_secrets_read(&secrets, text_span(text)), ST_OK);
}

static void client_is(const char *address)
{
    ck_assert_int_eq(endpoint_parse(address, 4242, &client), ST_OK);
}

static struct bytes from_hex(const char *hex, uint8_t *octets)
{
    size_t len = strlen(hex) / 2;

    for (size_t i = 0; i < len; i++) {
        char digits[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
        octets[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return (struct bytes){ octets, len };
}

static bool show(struct bytes cookie, int64_t wall)
{
    struct cookie_shown shown = { cookie, &client, { wall } };
    return cookie_answer(&secrets, &shown, given);
}

static void set_up(void)
{
    secrets_are(SECRET);
    client_is("192.0.2.1");
}

/* One that was given at NOON. */
static struct bytes fresh(uint8_t cookie[COOKIE_OCTETS])
{
    ck_assert(!show(SPAN("12345678"), NOON));
    memcpy(cookie, given, COOKIE_OCTETS);
    return (struct bytes){ cookie, COOKIE_OCTETS };
}

/* ---- the examples of the RFC ---- */

static const struct {
    const char *why, *secrets, *from, *shown, *answer;
    int64_t wall;
    bool proven;
} examples[] = {
    { "A.1: the first one", SECRET, "198.51.100.100", "2464c4abcf10c957",
      "2464c4abcf10c957010000005cf79f111f8130c3eee29480", 1559731985, false },
    { "A.2: shown again after 40 minutes", SECRET, "198.51.100.100",
      "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
      "2464c4abcf10c957010000005cf7a871d4a564a1442aca77", 1559734385, true },
    { "A.3: older than the hour that we allow", SECRET, "203.0.113.203",
      "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5",
      "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e", 1559734700, false },
    { "A.3: in its time, with reserved octets that are part of the hash", SECRET, "203.0.113.203",
      "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5",
      "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", 1559727985, true },
    { "A.4: made with the secret before", SECRET_NEW "\n" SECRET_OLD,
      "2001:db8:220:1:59de:d0f4:8769:82b8", "22681ab97d52c298010000005cf7c57926556bd0934c72f8",
      "22681ab97d52c298010000005cf7c609a6bb79d16625507a", 1559741961, true },
    { "A.4: when that is gone", SECRET_NEW, "2001:db8:220:1:59de:d0f4:8769:82b8",
      "22681ab97d52c298010000005cf7c57926556bd0934c72f8",
      "22681ab97d52c298010000005cf7c609a6bb79d16625507a", 1559741961, false },
};

START_TEST(cookies_are_those_of_the_rfc) /* RFC 9018 Appendix A */
{
    uint8_t octets[2][COOKIE_OCTETS];

    secrets_are(examples[_i].secrets);
    client_is(examples[_i].from);
    bool proven = show(from_hex(examples[_i].shown, octets[0]), examples[_i].wall);
    ck_assert_msg(proven == examples[_i].proven, "%s", examples[_i].why);
    assert_bytes(((struct bytes){ given, COOKIE_OCTETS }),
                 from_hex(examples[_i].answer, octets[1]));
}
END_TEST

/* ---- time ---- */

static const struct {
    int64_t age_s;
    bool proven, same;
} ages[] = {
    { 0, true, true },
    { 1800, true, true },
    { 1801, true, false },
    { 3600, true, false },
    { 3601, false, false },
    { 86400, false, false },
    { -1, true, true },
    { -300, true, true },
    { -301, false, false },
    { -86400, false, false },
    { INT64_C(1) << 31, false, false },
};

START_TEST(a_cookie_lives_an_hour_and_is_renewed_after_half_of_it) /* RFC 9018 §4.3 */
{
    uint8_t cookie[COOKIE_OCTETS];
    struct bytes shown = fresh(cookie);

    ck_assert_msg(show(shown, NOON + ages[_i].age_s) == ages[_i].proven, "%ld",
                  (long)ages[_i].age_s);
    ck_assert_msg((memcmp(given, cookie, COOKIE_OCTETS) == 0) == ages[_i].same, "%ld",
                  (long)ages[_i].age_s);
    ck_assert(ages[_i].age_s == INT64_C(1) << 31 || /* what was renewed is good at once */
              show((struct bytes){ given, COOKIE_OCTETS }, NOON + ages[_i].age_s));
}
END_TEST

START_TEST(time_goes_on_when_32_bits_of_seconds_are_over) /* RFC 1982 §3.2 */
{
    uint8_t cookie[COOKIE_OCTETS];

    ck_assert(!show(SPAN("12345678"), UINT32_MAX - INT64_C(100)));
    memcpy(cookie, given, sizeof cookie);
    ck_assert(show((struct bytes){ cookie, sizeof cookie }, UINT32_MAX + INT64_C(1000)));
    ck_assert(!show((struct bytes){ cookie, sizeof cookie }, UINT32_MAX + INT64_C(3600)));
}
END_TEST

/* ---- whose it is ---- */

START_TEST(an_octet_that_differs_makes_it_nobodys) /* RFC 7873 §5.2.4 */
{
    uint8_t cookie[COOKIE_OCTETS];
    struct bytes shown = fresh(cookie);

    for (unsigned bit = 0; bit < 8 * COOKIE_OCTETS; bit++) {
        cookie[bit / 8] ^= (uint8_t)(1 << bit % 8);
        ck_assert_msg(!show(shown, NOON), "bit %u", bit);
        cookie[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    ck_assert(show(shown, NOON));
}
END_TEST

START_TEST(a_cookie_is_of_one_address_whatever_the_port)
{
    uint8_t cookie[COOKIE_OCTETS];
    struct bytes shown = fresh(cookie);

    client.port = 1;
    ck_assert(show(shown, NOON));
    client_is("192.0.2.2");
    ck_assert(!show(shown, NOON));
    client_is("2001:db8::1");
    shown = fresh(cookie);
    ck_assert(show(shown, NOON));
    client_is("2001:db8::2");
    ck_assert(!show(shown, NOON));
}
END_TEST

START_TEST(an_ipv4_client_is_the_same_on_a_socket_of_both_families) /* RFC 4291 §2.5.5.2 */
{
    uint8_t cookie[COOKIE_OCTETS];
    struct bytes shown = fresh(cookie);

    client_is("::ffff:192.0.2.1");
    ck_assert(show(shown, NOON));
}
END_TEST

START_TEST(a_cookie_of_another_form_proves_nothing) /* RFC 9018 §4: other servers', older ones */
{
    uint8_t octets[41] = { 0 };
    uint8_t cookie[COOKIE_OCTETS];

    (void)fresh(cookie);
    memcpy(octets, cookie, sizeof cookie);
    for (size_t len = COOKIE_CLIENT_OCTETS; len <= 40; len++) {
        ck_assert_msg(show((struct bytes){ octets, len }, NOON) == (len == COOKIE_OCTETS), "%zu",
                      len);
        assert_bytes(((struct bytes){ given, COOKIE_OCTETS }),
                     ((struct bytes){ cookie, COOKIE_OCTETS }));
    }
}
END_TEST

/* ---- secrets ---- */

START_TEST(two_secrets_prove_and_the_first_makes) /* RFC 9018 §5: each stage of a roll */
{
    uint8_t old[COOKIE_OCTETS], new[COOKIE_OCTETS];
    struct bytes shown_old, shown_new;

    secrets_are(SECRET_OLD);
    shown_old = fresh(old);
    secrets_are(SECRET_NEW);
    shown_new = fresh(new);
    ck_assert(!show(shown_old, NOON));
    secrets_are(SECRET_OLD "\n" SECRET_NEW); /* the new one is known */
    ck_assert(show(shown_old, NOON) && memcmp(given, old, sizeof old) == 0);
    ck_assert(show(shown_new, NOON) && memcmp(given, old, sizeof old) == 0);
    secrets_are(SECRET_NEW "\n" SECRET_OLD); /* it makes */
    ck_assert(show(shown_old, NOON) && memcmp(given, new, sizeof new) == 0);
    ck_assert(show(shown_new, NOON) && memcmp(given, new, sizeof new) == 0);
}
END_TEST

static const struct {
    const char *text;
    unsigned count; /* 0: malformed */
} files[] = {
    { SECRET, 1 },
    { SECRET "\n", 1 },
    { SECRET "\r\n" SECRET_OLD "\r\n", 2 },
    { "# the fleet's, since May\n\n  " SECRET " \n#" SECRET_OLD "\n", 1 },
    { "E5E973E5A6B2A43F48E7DC849E37BFCF", 1 },
    { "", 0 },
    { "# nothing\n", 0 },
    { "e5e973e5a6b2a43f48e7dc849e37bfc", 0 },
    { SECRET "0", 0 },
    { SECRET " " SECRET_OLD, 0 },
    { "e5e973e5a6b2a43f48e7dc849e37bfcg", 0 },
    { SECRET "\n" SECRET_OLD "\n" SECRET_NEW, 0 },
};

START_TEST(secrets_are_read_a_line_each)
{
    struct cookie_secrets read = { .count = 7 };
    enum status status = cookie_secrets_read(&read, text_span(files[_i].text));

    ck_assert_msg(status == (files[_i].count ? ST_OK : ST_MALFORMED), "\"%s\"", files[_i].text);
    ck_assert_uint_eq(read.count, files[_i].count ? files[_i].count : 7);
    if (files[_i].count > 0)
        ck_assert(read.at[0].k0 == secrets.at[0].k0 && read.at[0].k1 == secrets.at[0].k1);
}
END_TEST

START_TEST(a_secret_is_drawn_from_the_generator_and_no_other_process_has_it)
{
    uint8_t cookie[COOKIE_OCTETS];
    struct prng prng;

    prng_seed_number(&prng, 1);
    cookie_secrets_draw(&secrets, &prng);
    ck_assert_uint_eq(secrets.count, 1);
    struct bytes shown = fresh(cookie);
    ck_assert(show(shown, NOON));
    cookie_secrets_draw(&secrets, &prng);
    ck_assert(!show(shown, NOON));
}
END_TEST

Suite *policy_cookie_suite(void)
{
    Suite *suite = suite_create("policy/cookie");
    TCase *answer = tcase_create("answer");
    TCase *read = tcase_create("secrets");

    tcase_add_checked_fixture(answer, set_up, NULL);
    tcase_add_loop_test(answer, cookies_are_those_of_the_rfc, 0, COUNT(examples));
    tcase_add_loop_test(answer, a_cookie_lives_an_hour_and_is_renewed_after_half_of_it, 0,
                        COUNT(ages));
    tcase_add_test(answer, time_goes_on_when_32_bits_of_seconds_are_over);
    tcase_add_test(answer, an_octet_that_differs_makes_it_nobodys);
    tcase_add_test(answer, a_cookie_is_of_one_address_whatever_the_port);
    tcase_add_test(answer, an_ipv4_client_is_the_same_on_a_socket_of_both_families);
    tcase_add_test(answer, a_cookie_of_another_form_proves_nothing);
    suite_add_tcase(suite, answer);
    tcase_add_checked_fixture(read, set_up, NULL);
    tcase_add_test(read, two_secrets_prove_and_the_first_makes);
    tcase_add_loop_test(read, secrets_are_read_a_line_each, 0, COUNT(files));
    tcase_add_test(read, a_secret_is_drawn_from_the_generator_and_no_other_process_has_it);
    suite_add_tcase(suite, read);
    return suite;
}
