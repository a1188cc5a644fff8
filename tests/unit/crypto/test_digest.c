#include "lib/crypto/digest.h"

#include <stdio.h>

#include "lib/wire/text.h"
#include "tests/support/proof_bench.h"
#include "tests/unit/wire/wire_test.h"

static struct proof_bench bench;

static void set_up(void)
{
    proof_bench_up(&bench);
}

static void tear_down(void)
{
    proof_bench_down(&bench);
}

static struct bytes text_bytes(const char *text)
{
    return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static void assert_hex(const uint8_t *octets, const char *hex)
{
    char found[2 * DIGEST_OCTETS_MAX + 1] = "";
    for (size_t i = 0; i < strlen(hex) / 2; i++)
        snprintf(found + 2 * i, 3, "%02x", (unsigned)octets[i]);
    ck_assert_str_eq(found, hex);
}

static const struct {
    enum digest_kind kind;
    const char *hex;
} abc[] = {
    { DIGEST_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
    { DIGEST_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { DIGEST_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                     "8086072ba1e7cc2358baeca134c825a7" },
    { DIGEST_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

START_TEST(digest_goes_over_all_spans) /* FIPS 180-4, "abc" */
{
    struct bytes spans[] = { text_bytes("a"), { NULL, 0 }, text_bytes("bc") };
    uint8_t octets[DIGEST_OCTETS_MAX];
    for (unsigned twice = 0; twice < 2; twice++) {
        ck_assert(digest(bench.keyring, abc[_i].kind, spans, 3, octets) == ST_OK);
        assert_hex(octets, abc[_i].hex);
    }
}
END_TEST

/* RFC 4034 §5.4, RFC 4509 §2.3: the same key. */
static const char dskey[] =
    "dskey.example.com. 86400 IN DNSKEY 256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/"
    "2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM"
    "9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==";
/* RFC 6605 §6.2. */
static const char p384[] =
    "example.net. 3600 IN DNSKEY 257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtN"
    "Jhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40";

static const struct {
    const char *key;
    uint8_t type;
    const char *hex;
} ds_rows[] = {
    { dskey, 1, "2bb183af5f22588179a53b0a98631fad1a292118" },
    { dskey, 2, "d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a" },
    { p384, 4,
      "72d7b62976ce06438e9c0bf319013cf801f09ecc84b8d7e9495f27e305c6a9b0563a9b5f4d288405"
      "c3008a946df983d6" },
};

START_TEST(digest_ds_makes_the_examples_of_the_rfcs) /* RFC 4034 §5.4, 4509 §2.3, 6605 §6.2 */
{
    struct text_record record;
    char why[TEXT_WHY];
    uint8_t octets[DIGEST_OCTETS_MAX];
    ck_assert_msg(text_read_record(ds_rows[_i].key, bench.arena, &record, why) == ST_OK, "%s", why);
    struct name owner = name_lower(&record.owner);
    ck_assert(digest_ds(bench.keyring, ds_rows[_i].type, name_bytes(&owner), record.rdata,
                        octets) == ST_OK);
    assert_hex(octets, ds_rows[_i].hex);
}
END_TEST

START_TEST(digest_ds_of_an_unknown_type_is_unsupported) /* RFC 9906: GOST is type 3 */
{
    uint8_t octets[DIGEST_OCTETS_MAX];
    static const uint8_t types[] = { 0, 3, 5, 255 };
    for (size_t i = 0; i < sizeof types; i++)
        ck_assert(digest_ds(bench.keyring, types[i], text_bytes("a"), text_bytes("b"), octets) ==
                  ST_UNSUPPORTED);
}
END_TEST

START_TEST(digest_nsec3_makes_the_examples_of_the_rfc) /* RFC 5155 §A */
{
    static const uint8_t salt[] = { 0xaa, 0xbb, 0xcc, 0xdd };
    static const struct {
        const char *name, *base32;
    } rows[] = {
        { "example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom" },
        { "a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl" },
        { "*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct name name;
        uint8_t hash[20];
        char text[33] = "";
        name = name_of(rows[i].name);
        ck_assert(digest_nsec3(bench.keyring, name_bytes(&name),
                               (struct bytes){ salt, sizeof salt }, 12, hash) == ST_OK);
        for (unsigned bit = 0; bit < 160; bit += 5) {
            unsigned pair = (unsigned)hash[bit / 8] << 8 | (bit / 8 < 19 ? hash[bit / 8 + 1] : 0u);
            text[bit / 5] = "0123456789abcdefghijklmnopqrstuv"[pair >> (11 - bit % 8) & 31];
        }
        ck_assert_str_eq(text, rows[i].base32);
    }
}
END_TEST

START_TEST(digest_nsec3_without_salt_and_iterations_is_sha1_of_the_name)
{
    uint8_t hash[20], octets[DIGEST_OCTETS_MAX];
    struct bytes name = text_bytes("\7example");
    ck_assert(digest_nsec3(bench.keyring, name, (struct bytes){ NULL, 0 }, 0, hash) == ST_OK);
    ck_assert(digest(bench.keyring, DIGEST_SHA1, &name, 1, octets) == ST_OK);
    ck_assert_mem_eq(hash, octets, 20);
}
END_TEST

Suite *crypto_digest_suite(void)
{
    Suite *suite = suite_create("crypto/digest");
    TCase *tcase = tcase_create("digest");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, digest_goes_over_all_spans, 0, sizeof abc / sizeof *abc);
    tcase_add_loop_test(tcase, digest_ds_makes_the_examples_of_the_rfcs, 0,
                        sizeof ds_rows / sizeof *ds_rows);
    tcase_add_test(tcase, digest_ds_of_an_unknown_type_is_unsupported);
    tcase_add_test(tcase, digest_nsec3_makes_the_examples_of_the_rfc);
    tcase_add_test(tcase, digest_nsec3_without_salt_and_iterations_is_sha1_of_the_name);
    suite_add_tcase(suite, tcase);
    return suite;
}
