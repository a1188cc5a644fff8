/* The signed examples that the RFCs print, checked by rrsig_prove. */
#include "lib/dnssec/rrsig.h"

#include "lib/wire/text.h"
#include "tests/support/proof_bench.h"
#include "tests/support/sign.h"
#include "tests/unit/suites.h"

static struct proof_bench bench;

static void set_up(void)
{
    proof_bench_up(&bench);
}

static void tear_down(void)
{
    proof_bench_down(&bench);
}

static const struct {
    const char *source, *key, *set, *signature, *clock;
} examples[] = {
    { "RFC 6605 §6.1",
      "example.net. 3600 IN DNSKEY 257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64c"
      "YbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==\n",
      "www.example.net. 3600 IN A 192.0.2.1\n",
      "www.example.net. 3600 IN RRSIG A 13 3 3600 20100909100439 20100812100439 55648 example.net. "
      "qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==",
      "20100901000000" },
    { "RFC 6605 §6.2",
      "example.net. 3600 IN DNSKEY 257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSAD"
      "tNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40\n",
      "www.example.net. 3600 IN A 192.0.2.1\n",
      "www.example.net. 3600 IN RRSIG A 14 3 3600 20100909102025 20100812102025 10771 example.net. "
      "/L5hDKIvGDyI1fcARX3z65qrmPsVz73QD1Mr5CEqOiLP95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuydCuzWTSS"
      "Pdz7wnqXL5bdcJzusdnI0RSMROxxwGipWcJm",
      "20100901000000" },
    { "RFC 8080 §6.1",
      "example.com. 3600 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n",
      "example.com. 3600 IN MX 10 mail.example.com.\n",
      "example.com. 3600 IN RRSIG MX 15 2 3600 20150819220000 20150729220000 3613 example.com. "
      "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
      "20150801000000" },
    { "RFC 8080 §6.1, the second",
      "example.com. 3600 IN DNSKEY 257 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=\n",
      "example.com. 3600 IN MX 10 mail.example.com.\n",
      "example.com. 3600 IN RRSIG MX 15 2 3600 20150819220000 20150729220000 35217 example.com. "
      "zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4wyUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pcBg==",
      "20150801000000" },
    { "RFC 8080 §6.2",
      "example.com. 3600 IN DNSKEY 257 3 16 3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHS"
      "fPodx1FYYUcJKm1MDpJtIA\n",
      "example.com. 3600 IN MX 10 mail.example.com.\n",
      "example.com. 3600 IN RRSIG MX 16 2 3600 20150819220000 20150729220000 9713 example.com. "
      "3cPAHkmlnxcDHMyg7vFC34l0blBhuG1qpwLmjInI8w1CMB29FkEAIJUA0amxWndkmnBZ6SKiwZSAxGILn/NBtOXft0+G"
      "j7FSvOKxE/07+4RQvE581N3Aj/JtIyaiYVdnYtyMWbSNyGEY2213WKsJlwEA",
      "20150801000000" },
};

START_TEST(the_examples_of_the_rfcs_verify) /* RFC 6605 §6, RFC 8080 §6 */
{
    struct rrset *plain = sign_text(examples[_i].set, bench.arena), *set;
    struct rrset *keys = sign_text(examples[_i].key, bench.arena);
    struct text_record signature;
    struct rrsig_check check = { .sig = 0 };
    struct reply_work work = { 0, 0 };
    char why[TEXT_WHY];
    ck_assert_msg(text_read_record(examples[_i].signature, bench.arena, &signature, why) == ST_OK,
                  "%s: %s", examples[_i].source, why);
    struct bytes rdata = rrset_rdata(plain, 0);
    struct name owner = rrset_owner(plain);
    struct rrset_parts parts = { .owner = &owner,
                                 .type = plain->type,
                                 .ttl = plain->ttl,
                                 .rdatas = &rdata,
                                 .rr_count = 1,
                                 .sigs = &signature.rdata,
                                 .sig_count = 1 };
    ck_assert(rrset_pack(&parts, bench.arena, &set) == ST_OK);
    ck_assert(unixtime_parse(examples[_i].clock, &bench.desk.wall));
    enum proof proof = rrsig_prove(&check, set, keys, &work, &bench.desk);
    ck_assert_msg(proof == PROOF_GOOD, "%s: %s %s", examples[_i].source,
                  why_row((enum why)check.cause.why)->name, check.cause.text);
}
END_TEST

Suite *dnssec_rrsig_examples_suite(void)
{
    Suite *suite = suite_create("dnssec/rrsig_examples");
    TCase *tcase = tcase_create("examples");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, the_examples_of_the_rfcs_verify, 0,
                        sizeof examples / sizeof *examples);
    suite_add_tcase(suite, tcase);
    return suite;
}
