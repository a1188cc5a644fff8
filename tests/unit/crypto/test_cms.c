#include "lib/crypto/cms.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/genuine.h"
#include "tests/unit/suites.h"

/* IANA's own signatures over root-anchors.xml (RFC 9718 §3). */

enum { FILE_OCTETS = 65536, SIGNATURE_OCTETS = 256 /* RSA-2048, the end of the file */ };

static const struct edition {
    const char *xml, *p7s, *cas, *time;
} editions[] = {
    { "anchors/root-anchors-2010.xml", "anchors/root-anchors-2010.p7s",
      "anchors/icannbundle-2014.pem", "20140101000000" },
    { "anchors/root-anchors-2018.xml", "anchors/root-anchors-2018.p7s", "anchors/icannbundle.pem",
      "20191201000000" },
    { "anchors/root-anchors-2024.xml", "anchors/root-anchors-2024.p7s", "anchors/icannbundle.pem",
      "20240801000000" },
};
enum { EDITIONS = sizeof editions / sizeof *editions, NEWEST = EDITIONS - 1 };

static struct crypto *crypto;
static uint8_t room[3][FILE_OCTETS];
static struct cms_file file;
static char why[CMS_WHY];

static void set_up(void)
{
    crypto = crypto_create();
    ck_assert_ptr_nonnull(crypto);
}

static void tear_down(void)
{
    crypto_destroy(crypto);
}

static struct bytes read_into(const char *name, uint8_t *into)
{
    FILE *stream = genuine_open(name);
    size_t len = fread(into, 1, FILE_OCTETS, stream);
    genuine_close(stream, name);
    return (struct bytes){ into, len };
}

/* False: the data are not there. */
static bool take(unsigned index)
{
    const struct edition *edition = &editions[index];
    if (!genuine_here(edition->p7s, "crypto/cms"))
        return false;
    file = (struct cms_file){ .content = read_into(edition->xml, room[0]),
                              .signature = read_into(edition->p7s, room[1]),
                              .cas = read_into(edition->cas, room[2]),
                              .email = "dnssec@iana.org",
                              .at = genuine_time(edition->time) };
    return true;
}

static void refused(const char *words)
{
    ck_assert_int_eq(cms_verify(crypto, &file, why), ST_MALFORMED);
    ck_assert_msg(strstr(why, words) != NULL, "%s", why);
}

START_TEST(each_signature_of_iana_holds) /* RFC 9718 §3 */
{
    if (take((unsigned)_i))
        ck_assert_msg(cms_verify(crypto, &file, why) == ST_OK, "%s", why);
}
END_TEST

START_TEST(any_octet_changed_is_noticed)
{
    if (!take((unsigned)_i))
        return;
    for (size_t at = 0; at < file.content.len; at += 7) {
        room[0][at] ^= 1;
        refused("does not hold");
        room[0][at] ^= 1;
    }
    for (size_t at = file.signature.len - SIGNATURE_OCTETS; at < file.signature.len; at += 15) {
        room[1][at] ^= 1;
        refused("");
        room[1][at] ^= 1;
    }
    ck_assert_int_eq(cms_verify(crypto, &file, why), ST_OK);
}
END_TEST

START_TEST(a_file_cut_short_is_refused)
{
    if (!take(NEWEST))
        return;
    file.content.len--;
    refused("does not hold");
    file.content.len++;
    file.signature.len /= 2;
    refused("no CMS");
    file.signature.len = 0;
    refused("no CMS");
}
END_TEST

START_TEST(a_certificate_counts_only_while_it_is_valid)
{
    if (!take(NEWEST))
        return;
    file.at = genuine_time("20270101000000");
    refused("expired");
    file.at = genuine_time("20200101000000");
    refused("not yet valid");
}
END_TEST

START_TEST(only_the_signer_that_is_expected_counts)
{
    if (!take(NEWEST))
        return;
    file.email = "someone@example.org";
    refused("not of someone@example.org");
}
END_TEST

START_TEST(without_a_ca_nothing_is_believed)
{
    if (!take(NEWEST))
        return;
    struct bytes cas = file.cas;
    file.cas.len = 0;
    refused("no CA certificate");
    file.cas = (struct bytes){ cas.at, cas.len / 20 };
    refused("no CA certificate");
}
END_TEST

START_TEST(another_signature_is_not_this_files)
{
    if (!take(NEWEST))
        return;
    file.content = read_into(editions[0].xml, room[0]);
    refused("does not hold");
}
END_TEST

Suite *crypto_cms_suite(void)
{
    Suite *suite = suite_create("crypto/cms");
    TCase *tcase = tcase_create("verify");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, each_signature_of_iana_holds, 0, EDITIONS);
    tcase_add_loop_test(tcase, any_octet_changed_is_noticed, 0, EDITIONS);
    tcase_add_test(tcase, a_file_cut_short_is_refused);
    tcase_add_test(tcase, a_certificate_counts_only_while_it_is_valid);
    tcase_add_test(tcase, only_the_signer_that_is_expected_counts);
    tcase_add_test(tcase, without_a_ca_nothing_is_believed);
    tcase_add_test(tcase, another_signature_is_not_this_files);
    suite_add_tcase(suite, tcase);
    return suite;
}
