/* RFC 8976 on the zones of its appendix and on the root zones that have a digest. */
#include "lib/crypto/digest.h"
#include "lib/dnssec/zonemd.h"
#include "lib/wire/type.h"
#include "tests/support/genuine.h"
#include "tests/support/proof_bench.h"
#include "tests/support/sign.h"
#include "tests/unit/wire/wire_test.h"

static struct proof_bench bench;
static struct genuine_zone zone;
static struct name apex;

static const struct row {
    const char *file, *apex;
    enum zonemd_judgment judgment;
    bool sample; /* also without CATENA_LONG */
} rows[] = {
    { "zonemd/uri.arpa.zone", "uri.arpa.", ZONEMD_MATCHES, true },
    { "zonemd/root-servers.net.zone", "root-servers.net.", ZONEMD_MATCHES, true },
    { "root-zone/2011030200.zone.xz", ".", ZONEMD_ABSENT, true },
    { "root-zone/2022021501.zone.xz", ".", ZONEMD_ABSENT, false },
    { "root-zone/2023110500.zone.xz", ".", ZONEMD_UNVERIFIABLE, false }, /* hash 241: private */
    { "root-zone/2025041400.zone.xz", ".", ZONEMD_MATCHES, false },
    { "root-zone/2025103001.zone.xz", ".", ZONEMD_MATCHES, false },
    { "root-zone/2025103100.zone.xz", ".", ZONEMD_MATCHES, false },
    { "root-zone/2026073102.zone.xz", ".", ZONEMD_MATCHES, true },
};

static void up(void)
{
    proof_bench_up(&bench);
}

static void down(void)
{
    proof_bench_down(&bench);
}

static enum zonemd_judgment judge(void)
{
    struct zonemd_zone input = { &apex, zone.sets, zone.count };
    enum zonemd_judgment judgment;
    ck_assert_int_eq(zonemd_judge(&input, bench.keyring, bench.arena, &judgment), ST_OK);
    return judgment;
}

/* `set` stands in place of the `index`th, for as long as it is judged. */
static enum zonemd_judgment judge_with(size_t index, struct rrset *set)
{
    struct rrset *own = zone.sets[index];
    zone.sets[index] = set;
    enum zonemd_judgment judgment = judge();
    zone.sets[index] = own;
    return judgment;
}

static struct rrset *copy_of(const struct rrset *set)
{
    struct rrset *copy;
    ck_assert_int_eq(rrset_copy(set, bench.arena, &copy), ST_OK);
    return copy;
}

static size_t index_of(uint16_t type, const char *owner_above)
{
    struct name above = name_of(owner_above);
    for (size_t i = 0; i < zone.count; i++) {
        struct name owner = rrset_owner(zone.sets[i]);
        if (zone.sets[i]->type == type && name_under(&owner, &above))
            return i;
    }
    return zone.count;
}

/* A set of the wrong content has the right form: A, AAAA, NS and TXT end in data of free value. */
static void tamper_each(size_t step)
{
    size_t changed = 0;

    for (size_t i = 0; i < zone.count; i += step) {
        struct rrset *set = copy_of(zone.sets[i]);
        if (rrset_owner_is(set, &apex) && set->type == TYPE_ZONEMD)
            continue;
        set->ttl ^= 1;
        ck_assert_int_eq(judge_with(i, set), ZONEMD_DIFFERS);
        changed++;
    }
    ck_assert_uint_gt(changed, 4);
}

static void tamper_glue(void)
{
    size_t at = index_of(TYPE_AAAA, ".");
    if (at == zone.count)
        return;
    struct rrset *set = copy_of(zone.sets[at]);
    set->octets[set->owner_len + 2 + 15] ^= 1;
    ck_assert_int_eq(judge_with(at, set), ZONEMD_DIFFERS); /* what no signature sees */
}

/* An owner's capitals are no part of the digest (RFC 4034 §6.2). */
static void capitals_change_nothing(void)
{
    struct rrset *set = copy_of(zone.sets[zone.count - 1]);
    for (unsigned i = 0; i < set->owner_len; i++)
        if (set->octets[i] >= 'a' && set->octets[i] <= 'z')
            set->octets[i] = (uint8_t)(set->octets[i] - 'a' + 'A');
    ck_assert_int_eq(judge_with(zone.count - 1, set), ZONEMD_MATCHES);
}

static void a_set_is_missing(void)
{
    struct rrset *last = zone.sets[--zone.count];
    ck_assert_int_eq(judge(), ZONEMD_DIFFERS);
    zone.sets[zone.count++] = last;
}

START_TEST(the_digest_of_a_published_zone_is_judged_as_its_publisher_meant) /* RFC 8976 §4 */
{
    const struct row *row = &rows[_i];

    if (!genuine_here(row->file, "ZONEMD") || !(row->sample || genuine_all()))
        return;
    apex = name_of(row->apex);
    genuine_read_zone(row->file, &apex, bench.arena, &zone);
    ck_assert_msg(judge() == row->judgment, "%s", row->file);
    if (row->judgment != ZONEMD_MATCHES)
        return;
    tamper_each(zone.count > 1000 ? zone.count / 6 : 1);
    tamper_glue();
    capitals_change_nothing();
    a_set_is_missing();
}
END_TEST

/* ---- zones made here: what the genuine ones do not show ---- */

static struct rrset *made[8];

static void made_zone(const char *const *sets)
{
    apex = name_of("example.");
    zone = (struct genuine_zone){ .sets = made };
    for (; *sets; sets++)
        made[zone.count++] = sign_text(*sets, bench.arena);
}

#define SOA "example. 86400 IN SOA ns1.example. admin.example. 2018031900 1800 900 604800 86400\n"
#define NS  "example. 86400 IN NS ns1.example.\nexample. 86400 IN NS ns2.example.\n"
#define A1  "ns1.example. 3600 IN A 203.0.113.63\n"
#define A2  "ns2.example. 3600 IN AAAA 2001:db8::63\n"
#define GOOD                                                                                       \
    "c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3"                                             \
    "a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c"
#define MD "example. 86400 IN ZONEMD "

/* RFC 8976 §A.1; then what may stand in the place of its ZONEMD. */
static const struct {
    const char *why, *zonemd;
    enum zonemd_judgment judgment;
} plain[] = {
    { "appendix A.1", MD "2018031900 1 1 " GOOD "\n", ZONEMD_MATCHES },
    { "another serial", MD "2018031901 1 1 " GOOD "\n", ZONEMD_DIFFERS },
    { "private scheme", MD "2018031900 240 1 " GOOD "\n", ZONEMD_UNVERIFIABLE },
    { "reserved scheme", MD "2018031900 0 1 " GOOD "\n", ZONEMD_UNVERIFIABLE },
    { "private hash", MD "2018031900 1 241 " GOOD "\n", ZONEMD_UNVERIFIABLE },
    { "reserved hash", MD "2018031900 1 0 " GOOD "\n", ZONEMD_UNVERIFIABLE },
    { "a cut digest", MD "2018031900 1 1 c68090d90a7aed716bc459f9\n", ZONEMD_DIFFERS },
    { "SHA-384 said to be SHA-512", MD "2018031900 1 2 " GOOD "\n", ZONEMD_DIFFERS },
    { "one that fits beside one that does not and one unknown",
      MD "2018031900 1 241 " GOOD "\n" MD "2018031900 1 2 " GOOD "\n" MD "2018031900 1 1 " GOOD
         "\n",
      ZONEMD_MATCHES },
    { "two of one kind: none counts (RFC 8976 §4)",
      MD "2018031900 1 1 " GOOD "\n" MD "2018031901 1 1 " GOOD "\n", ZONEMD_UNVERIFIABLE },
};

START_TEST(each_form_of_zonemd_is_judged) /* RFC 8976 §4 steps 4 and 5 */
{
    made_zone((const char *const[]){ NS, SOA, plain[_i].zonemd, A1, A2, NULL });
    ck_assert_msg(judge() == plain[_i].judgment, "%s", plain[_i].why);
}
END_TEST

START_TEST(a_zone_out_of_order_is_refused)
{
    enum zonemd_judgment judgment;
    struct zonemd_zone input = { &apex, made, 5 };

    made_zone((const char *const[]){ NS, SOA, plain[0].zonemd, A2, A1, NULL });
    ck_assert_int_eq(zonemd_judge(&input, bench.keyring, bench.arena, &judgment), ST_MALFORMED);
    made_zone((const char *const[]){ SOA, NS, plain[0].zonemd, A1, A2, NULL });
    ck_assert_int_eq(zonemd_judge(&input, bench.keyring, bench.arena, &judgment), ST_MALFORMED);
    made_zone((const char *const[]){ NS, SOA, plain[0].zonemd, A1, A1, NULL });
    ck_assert_int_eq(zonemd_judge(&input, bench.keyring, bench.arena, &judgment), ST_MALFORMED);
    made_zone((const char *const[]){ NS, plain[0].zonemd, A1, A2, NULL });
    input.count = 4;
    ck_assert_int_eq(zonemd_judge(&input, bench.keyring, bench.arena, &judgment), ST_MALFORMED);
}
END_TEST

Suite *data_zonemd_suite(void)
{
    Suite *suite = suite_create("data/zonemd");
    TCase *genuine = tcase_create("genuine"), *forms = tcase_create("forms");

    tcase_set_timeout(genuine, 30);
    tcase_add_checked_fixture(genuine, up, down);
    tcase_add_loop_test(genuine, the_digest_of_a_published_zone_is_judged_as_its_publisher_meant, 0,
                        ROWS(rows));
    tcase_add_checked_fixture(forms, up, down);
    tcase_add_loop_test(forms, each_form_of_zonemd_is_judged, 0, ROWS(plain));
    tcase_add_test(forms, a_zone_out_of_order_is_refused);
    suite_add_tcase(suite, genuine);
    suite_add_tcase(suite, forms);
    return suite;
}
