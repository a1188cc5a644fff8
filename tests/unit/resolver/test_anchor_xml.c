#include "resolver/anchor_xml.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/genuine.h"
#include "tests/unit/suites.h"

enum { FILE_OCTETS = 65536 };

static struct anchor_xml xml;
static char why[ANCHOR_XML_WHY];

static enum status read_text(const char *text)
{
    return anchor_xml_read((struct bytes){ (const uint8_t *)text, strlen(text) }, &xml, why);
}

static void is_text(struct bytes found, const char *expected)
{
    ck_assert_uint_eq(found.len, strlen(expected));
    ck_assert_mem_eq(found.at, expected, found.len);
}

#define HEAD  "<TrustAnchor id=\"x\" source=\"y\"><Zone>.</Zone>"
#define TAIL  "</TrustAnchor>\n"
#define BEGIN "<KeyDigest id=\"a\" validFrom=\"2010-07-15T00:00:00+00:00\">"
#define INNER                                                                                      \
    "<KeyTag>19036</KeyTag><Algorithm>8</Algorithm><DigestType>2</DigestType>"                     \
    "<Digest>49AA</Digest>"
#define KEY BEGIN INNER "</KeyDigest>"

START_TEST(a_digest_is_read_with_all_it_has) /* RFC 9718 §2.1.1 */
{
    ck_assert_msg(read_text("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<TrustAnchor\n  id=\"x\" "
                            "source=\"y\" >\n <Zone> . </Zone>\n"
                            "<KeyDigest id=\"Kj\" validFrom=\"2017-02-02T01:00:00+01:00\" "
                            "validUntil=\"2019-01-11T00:00:00Z\">\n" INNER
                            "<PublicKey>AwEA\n AQ==</PublicKey> <Flags>257</Flags>\n"
                            "</KeyDigest>\n</TrustAnchor>\n") == ST_OK,
                  "%s", why);
    ck_assert_uint_eq(xml.count, 1);
    is_text(xml.zone, ".");
    const struct anchor_xml_digest *digest = &xml.digests[0];
    is_text(digest->id, "Kj");
    is_text(digest->tag, "19036");
    is_text(digest->algorithm, "8");
    is_text(digest->digest_type, "2");
    is_text(digest->digest, "49AA");
    is_text(digest->public_key, "AwEA\n AQ==");
    is_text(digest->flags, "257");
    ck_assert_int_eq(digest->from.s, 1485993600);
    ck_assert_int_eq(digest->until.s, 1547164800);
}
END_TEST

START_TEST(a_digest_counts_from_its_first_second_to_the_one_before_its_last) /* RFC 9718 §2.1.1 */
{
    struct anchor_xml_digest digest = { .from = { 100 }, .until = { 200 } };
    ck_assert(!anchor_xml_valid(&digest, (struct unixtime){ 99 }));
    ck_assert(anchor_xml_valid(&digest, (struct unixtime){ 100 }));
    ck_assert(anchor_xml_valid(&digest, (struct unixtime){ 199 }));
    ck_assert(!anchor_xml_valid(&digest, (struct unixtime){ 200 }));
    digest.until.s = 0; /* without end */
    ck_assert(anchor_xml_valid(&digest, (struct unixtime){ INT64_MAX }));
}
END_TEST

static const struct {
    const char *text, *expected;
} refused[] = {
    { "", "a tag" },
    { "<", "name of an element" },
    { "<TrustAnchor", "end of a tag" },
    { "<Other></Other>", "TrustAnchor" },
    { "<!DOCTYPE x><TrustAnchor>", "name of an element" },
    { "<!-- c --><TrustAnchor>", "name of an element" },
    { "<?xml version=\"1.0\" <", "plain text" },
    { "<TrustAnchor a=\"1\" b=\"2\" c=\"3\" d=\"4\" e=\"5\">", "fewer attributes" },
    { "<TrustAnchor a='1'>", "an attribute as in" },
    { "<TrustAnchor a=\"1>", "plain text" },
    { "<TrustAnchor a=\"&lt;\">", "plain text" },
    { "<TrustAnchor>" KEY TAIL, "Zone" },
    { "<TrustAnchor><Zone>.</Other>" TAIL, "end of the element" },
    { "<TrustAnchor><Zone>.<b/></Zone>" TAIL, "end of the element" },
    { "<TrustAnchor><Zone>&root;</Zone>" TAIL, "plain text" },
    { "<TrustAnchor><Zone>\x80</Zone>" TAIL, "plain text" },
    { HEAD "text" TAIL, "a tag" },
    { HEAD "<KeyDigest>" INNER "</KeyDigest>" TAIL, "a date" },
    { HEAD "<KeyDigest validFrom=\"2010-07-15\">" INNER "</KeyDigest>" TAIL, "a date" },
    { HEAD "<KeyDigest validFrom=\"2010-13-15T00:00:00Z\">" INNER "</KeyDigest>" TAIL,
      "a date that exists" },
    { HEAD "<KeyDigest validFrom=\"2010-07-15T00:00:00+99:00\">" INNER "</KeyDigest>" TAIL,
      "a date" },
    { HEAD BEGIN "</KeyDigest>" TAIL, "KeyTag, Algorithm" },
    { HEAD BEGIN INNER INNER "</KeyDigest>" TAIL, "each element of a KeyDigest once" },
    { HEAD BEGIN INNER "<Flags></Flags></KeyDigest>" TAIL, "not empty" },
    { HEAD BEGIN INNER "<Extra>1</Extra></KeyDigest>" TAIL, "element of a KeyDigest" },
    { HEAD BEGIN INNER "</TrustAnchor>", "end of a KeyDigest" },
    { HEAD "<Other></Other>" TAIL, "KeyDigest" },
    { HEAD KEY, "a tag" },
    { HEAD KEY "</Other>", "end of TrustAnchor" },
    { HEAD KEY TAIL "x", "nothing after" },
};

START_TEST(what_iana_never_wrote_is_refused_with_what_was_expected)
{
    ck_assert_int_eq(read_text(refused[_i].text), ST_MALFORMED);
    ck_assert_msg(strstr(why, refused[_i].expected) != NULL, "%s", why);
}
END_TEST

START_TEST(no_file_that_ends_early_is_taken)
{
    static const char whole[] = HEAD KEY "</TrustAnchor>";
    char part[sizeof whole];
    ck_assert_int_eq(read_text(whole), ST_OK);
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        memcpy(part, whole, len);
        part[len] = '\0';
        ck_assert_int_eq(read_text(part), ST_MALFORMED);
    }
}
END_TEST

static size_t append(char *text, size_t len, const char *more)
{
    size_t octets = strlen(more);
    memcpy(text + len, more, octets + 1);
    return len + octets;
}

START_TEST(digests_and_octets_have_their_bounds)
{
    static char text[ANCHOR_XML_OCTETS_MAX + 2];
    size_t len = append(text, 0, HEAD);
    for (unsigned i = 0; i <= ANCHOR_XML_MAX; i++)
        len = append(text, len, KEY);
    (void)append(text, len, TAIL);
    ck_assert_int_eq(read_text(text), ST_MALFORMED);
    ck_assert_ptr_nonnull(strstr(why, "fewer digests"));
    memset(text, ' ', sizeof text - 1);
    ck_assert_int_eq(read_text(text), ST_LIMIT);
}
END_TEST

/* ---- IANA's own ---- */

START_TEST(each_edition_of_iana_is_read)
{
    static const struct {
        const char *file;
        size_t digests, valid; /* valid at the end of 2025 */
    } editions[] = { { "anchors/root-anchors-2010.xml", 1, 1 },
                     { "anchors/root-anchors-2018.xml", 2, 1 },
                     { "anchors/root-anchors-2024.xml", 3, 2 } };
    static char text[FILE_OCTETS];

    for (size_t i = 0; i < sizeof editions / sizeof *editions; i++) {
        if (!genuine_here(editions[i].file, "each_edition_of_iana_is_read"))
            return;
        FILE *file = genuine_open(editions[i].file);
        size_t len = fread(text, 1, sizeof text - 1, file), valid = 0;
        genuine_close(file, editions[i].file);
        text[len] = '\0';
        ck_assert_msg(read_text(text) == ST_OK, "%s", why);
        ck_assert_uint_eq(xml.count, editions[i].digests);
        for (size_t d = 0; d < xml.count; d++)
            valid += anchor_xml_valid(&xml.digests[d], (struct unixtime){ 1767139200 });
        ck_assert_uint_eq(valid, editions[i].valid);
    }
}
END_TEST

Suite *resolver_anchor_xml_suite(void)
{
    Suite *suite = suite_create("resolver/anchor_xml");
    TCase *tcase = tcase_create("read");

    tcase_add_test(tcase, a_digest_is_read_with_all_it_has);
    tcase_add_test(tcase, a_digest_counts_from_its_first_second_to_the_one_before_its_last);
    tcase_add_loop_test(tcase, what_iana_never_wrote_is_refused_with_what_was_expected, 0,
                        sizeof refused / sizeof *refused);
    tcase_add_test(tcase, no_file_that_ends_early_is_taken);
    tcase_add_test(tcase, digests_and_octets_have_their_bounds);
    tcase_add_test(tcase, each_edition_of_iana_is_read);
    suite_add_tcase(suite, tcase);
    return suite;
}
