/* The trust point that walks through the root's own DNSKEY sets, with their genuine signatures. */
#include "lib/dnssec/rfc5011_look.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "tests/support/proof_bench.h"
#include "tests/support/sign.h"
#include "tests/unit/suites.h"

enum { SETS = 154, FILE_NAME = 16, PATH = 512, KSK_2010 = 19036, KSK_2017 = 20326 };
enum { KSK_2024 = 38696, REVOKED_2010 = 19164, HOUR_S = 3600 };

static struct proof_bench bench;
static struct rfc5011_point point;
static struct rfc5011_now now;

static void set_up(void)
{
    proof_bench_up(&bench);
    point = (struct rfc5011_point){ .zone = name_root };
    now = (struct rfc5011_now){ { 0 }, { 77 * NS_PER_S } };
}

static void tear_down(void)
{
    proof_bench_down(&bench);
}

/* ---- the files ---- */

static int by_name(const void *a, const void *b)
{
    return memcmp(a, b, FILE_NAME);
}

static const char *folder(void)
{
    static char path[PATH];
    const char *data = getenv("CATENA_DATA");
    snprintf(path, sizeof path, "%s/root-dnskey", data ? data : "../shared/data");
    return path;
}

/* "20170111.txt" and so on, in order of time; 0: not there. */
static size_t list_files(char files[SETS + 8][FILE_NAME])
{
    size_t count = 0;
    DIR *dir = opendir(folder());
    for (const struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (strlen(entry->d_name) != 12 || strcmp(entry->d_name + 8, ".txt") != 0)
            continue;
        ck_assert_uint_lt(count, SETS + 8);
        memset(files[count], 0, FILE_NAME);
        memcpy(files[count++], entry->d_name, 12);
    }
    if (dir != NULL)
        closedir(dir);
    qsort(files, count, FILE_NAME, by_name);
    if (count == 0)
        printf("skipped: the root DNSKEY sets are not there (CATENA_DATA)\n");
    return count;
}

/* The records of one set, as they come. */
struct gathering {
    struct bytes rdatas[16], sigs[RRSIGS_PER_RRSET_MAX];
    size_t keys, signatures;
    uint32_t ttl;
};

static bool gather(void *context, const struct text_record *record)
{
    struct gathering *got = context;
    struct bytes kept = { arena_copy(bench.arena, record->rdata.at, record->rdata.len),
                          record->rdata.len };
    if (record->type == TYPE_DNSKEY)
        got->rdatas[got->keys++] = kept;
    else
        got->sigs[got->signatures++] = kept;
    got->ttl = record->ttl;
    return true;
}

static const struct rrset *read_set(const char *file)
{
    char path[2 * PATH], why[TEXT_WHY];
    struct gathering got = { .keys = 0 };
    struct rrset *set;
    snprintf(path, sizeof path, "%s/%s", folder(), file);
    struct text_source source = { .path = path };
    ck_assert_msg(text_read_file(&source, gather, &got, why) == ST_OK, "%s: %s", file, why);
    struct rrset_parts parts = { .owner = &name_root,
                                 .type = TYPE_DNSKEY,
                                 .ttl = got.ttl,
                                 .rdatas = got.rdatas,
                                 .rr_count = got.keys,
                                 .sigs = got.sigs,
                                 .sig_count = got.signatures };
    ck_assert(rrset_pack(&parts, bench.arena, &set) == ST_OK);
    return set;
}

/* ---- walking ---- */

static const struct rfc5011_key *key_of(uint16_t tag)
{
    for (unsigned i = 0; i < ROLL_KEYS; i++)
        if (point.keys[i].state != ROLL_START && rfc5011_tag(&point.keys[i]) == tag)
            return &point.keys[i];
    return NULL;
}

static enum rfc5011_state state_of(uint16_t tag)
{
    const struct rfc5011_key *key = key_of(tag);
    return key == NULL ? ROLL_START : (enum rfc5011_state)key->state;
}

static struct rfc5011_report take(const struct rrset *set)
{
    struct rfc5011_look look = { .at = 0 };
    bench.desk.wall = now.wall;
    ck_assert_int_eq(rfc5011_look(&look, &point, set, &bench.desk), PROOF_GOOD);
    return rfc5011_step(&point, &look.sight, now);
}

/* Both clocks move on to `wall`; no proof is under way. */
static void go_to(int64_t wall)
{
    if (now.wall.s != 0)
        now.at.ns += (uint64_t)(wall - now.wall.s) * NS_PER_S;
    now.wall.s = wall;
    proof_bench_job(&bench);
}

static struct rfc5011_report take_file(const char *file)
{
    char text[15];
    struct unixtime begin;
    snprintf(text, sizeof text, "%.8s000000", file);
    ck_assert(unixtime_parse(text, &begin));
    go_to(begin.s);
    return take(read_set(file));
}

static void trust_ds(const char *text)
{
    struct rrset *ds = sign_text(text, bench.arena);
    ck_assert(rfc5011_add_anchors(&point, ds, NULL, &bench.desk));
}

static const char ksk_2010[] = ". 0 IN DS 19036 8 2 "
                               "49AAC11D7B6F6446702E54A1607371607A1A41855200FD2CE1CDDE32F24E8FB5\n";
static const char ksk_2017[] = ". 0 IN DS 20326 8 2 "
                               "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n";
static const char ksk_2024[] = ". 0 IN DS 38696 8 2 "
                               "683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16\n";

/* What the walk must find: from this file on, this key is in this state. */
struct turn {
    const char *file;
    uint16_t tag;
    enum rfc5011_state state;
};

static void walk(const char *from, const struct turn *turns, size_t turn_count, size_t expected)
{
    static char files[SETS + 8][FILE_NAME];
    size_t count = list_files(files), next = 0, walked = 0;
    uint32_t entered = 0;
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(files[i], from, 8) < 0)
            continue;
        struct rfc5011_report report = take_file(files[i]);
        ck_assert_msg(report.proven, "%s: not proven", files[i]);
        ck_assert(!report.full);
        entered = report.entered;
        for (; next < turn_count && strncmp(files[i], turns[next].file, 8) == 0; next++) {
            ck_assert_msg(state_of(turns[next].tag) == turns[next].state, "%s: key %u is %s",
                          files[i], (unsigned)turns[next].tag,
                          rfc5011_state_name(state_of(turns[next].tag)));
            entered &= ~(UINT32_C(1) << (key_of(turns[next].tag) - point.keys));
        }
        ck_assert_msg(entered == 0, "%s: more has changed than it should: %x", files[i], entered);
        walked++;
    }
    ck_assert_uint_eq(next, turn_count);
    ck_assert_uint_eq(walked, expected);
}

START_TEST(all_sets_of_the_root_lead_from_ksk_2010_to_ksk_2024) /* RFC 5011 §4, §6 */
{
    static const struct turn turns[] = {
        { "20110302", KSK_2010, ROLL_VALID },   { "20170711", KSK_2017, ROLL_PENDING },
        { "20170810", KSK_2017, ROLL_VALID },   { "20190121", KSK_2010, ROLL_REVOKED },
        { "20190620", KSK_2010, ROLL_REMOVED }, { "20250411", KSK_2024, ROLL_PENDING },
        { "20250511", KSK_2024, ROLL_VALID },
    };
    trust_ds(ksk_2010);
    walk("2011", turns, sizeof turns / sizeof *turns, SETS);
}
END_TEST

START_TEST(the_sets_of_2025_and_2026_lead_from_ksk_2017_to_ksk_2024)
{
    static const struct turn turns[] = {
        { "20250411", KSK_2017, ROLL_VALID },
        { "20250411", KSK_2024, ROLL_PENDING },
        { "20250511", KSK_2024, ROLL_VALID },
    };
    trust_ds(ksk_2017);
    walk("2025", turns, sizeof turns / sizeof *turns, 51);
}
END_TEST

START_TEST(both_keys_built_in_are_trusted_from_the_first_set_on)
{
    char both[2 * sizeof ksk_2017];
    static const struct turn turns[] = {
        { "20250411", KSK_2017, ROLL_VALID },
        { "20250411", KSK_2024, ROLL_VALID },
    };
    snprintf(both, sizeof both, "%s%s", ksk_2017, ksk_2024);
    trust_ds(both);
    walk("2025", turns, sizeof turns / sizeof *turns, 51);
    if (point.checked.s != 0)
        ck_assert_int_eq(key_of(KSK_2024)->form, ROLL_AS_KEY);
}
END_TEST

START_TEST(a_point_with_the_wrong_key_learns_nothing)
{
    static char files[SETS + 8][FILE_NAME];
    size_t count = list_files(files);
    trust_ds(ksk_2024); /* it never signs in these */
    for (size_t i = 0; i < count; i++) {
        ck_assert(!take_file(files[i]).proven);
        ck_assert_int_eq(state_of(KSK_2010), ROLL_START);
        ck_assert_int_eq(state_of(KSK_2017), ROLL_START);
    }
}
END_TEST

START_TEST(a_set_with_one_bit_wrong_changes_nothing)
{
    static char files[SETS + 8][FILE_NAME];
    if (list_files(files) == 0)
        return;
    trust_ds(ksk_2017);
    (void)take_file("20250411.txt");
    struct rfc5011_point before = point;
    go_to(now.wall.s + 10 * ROLL_DAY_S);
    const struct rrset *good = read_set("20250421.txt");
    struct rrset *set = arena_copy(bench.arena, good, good->size);
    set->octets[(good->size - sizeof *good) / 2] ^= 1; /* within a key */
    ck_assert(!take(set).proven);
    ck_assert_mem_eq(&before, &point, sizeof point);
    ck_assert(take(good).proven);
}
END_TEST

/* ---- keys of our own ---- */

static struct signer *signer;
enum { OLD, NEXT, NEWEST, ZSK, OURS };
static struct sign_key ours[OURS];

static void set_up_signer(void)
{
    set_up();
    signer = signer_create();
    for (unsigned i = 0; i < OURS; i++)
        ours[i] = sign_key(signer, 13, i, i == ZSK ? SIGN_ZSK : SIGN_KSK);
}

static void tear_down_signer(void)
{
    signer_destroy(signer);
    tear_down();
}

/* A day of the root: bits of the keys that are published, that sign, and that are revoked. */
static const struct rrset *day(unsigned published, unsigned signs, unsigned revoked)
{
    struct sign_key keys[OURS + 1];
    struct sign_with with[OURS];
    size_t key_count = 0, with_count = 0;
    uint32_t begin = (uint32_t)now.wall.s - HOUR_S;
    for (unsigned i = 0; i < OURS; i++) {
        if ((published >> i & 1) == 0)
            continue;
        keys[key_count] = ours[i];
        if ((revoked >> i & 1) != 0)
            keys[key_count].flags = SIGN_KSK_REVOKED;
        if ((signs >> i & 1) != 0)
            with[with_count++] = (struct sign_with){ .key = &keys[key_count],
                                                     .zone = &name_root,
                                                     .inception = begin,
                                                     .expiration = begin + 21 * ROLL_DAY_S };
        key_count++;
    }
    struct rrset *set = sign_dnskey_set(&name_root, keys, key_count, bench.arena);
    return sign_set(set, with, with_count, bench.arena);
}

enum { BIT_OLD = 1 << OLD, BIT_NEXT = 1 << NEXT, BIT_NEWEST = 1 << NEWEST, BIT_ZSK = 1 << ZSK };

static void trust_old(void)
{
    now.wall.s = PROOF_BENCH_WALL;
    struct rrset *ds = sign_ds_set(&name_root, &ours[OLD], 1, bench.arena);
    ck_assert(rfc5011_add_anchors(&point, ds, NULL, &bench.desk));
}

static enum rfc5011_state ours_state(unsigned which)
{
    return state_of(sign_tag(&ours[which]));
}

/* Twelve-hourly queries, as the interval asks for them, of the same day. */
static void live(unsigned days, unsigned published, unsigned signs, unsigned revoked)
{
    for (unsigned i = 0; i < 2 * days; i++) {
        go_to(now.wall.s + ROLL_DAY_S / 2);
        ck_assert_msg(take(day(published, signs, revoked)).proven, "half day %u", i);
    }
}

START_TEST(the_roll_of_2026_is_followed_to_its_end) /* RFC 5011 §6; the root's roll of 2026-10-11 */
{
    trust_old();
    live(10, BIT_OLD | BIT_ZSK, BIT_OLD, 0);
    live(40, BIT_OLD | BIT_NEXT | BIT_ZSK, BIT_OLD, 0);
    ck_assert_int_eq(ours_state(NEXT), ROLL_VALID);
    ck_assert_int_eq(ours_state(ZSK), ROLL_START);       /* no SEP: never an anchor */
    live(90, BIT_OLD | BIT_NEXT | BIT_ZSK, BIT_NEXT, 0); /* the day of the roll and after it */
    ck_assert_int_eq(ours_state(OLD), ROLL_VALID);
    live(60, BIT_OLD | BIT_NEXT | BIT_ZSK, BIT_OLD | BIT_NEXT, BIT_OLD);
    ck_assert_int_eq(ours_state(OLD), ROLL_REVOKED);
    live(29, BIT_NEXT | BIT_ZSK, BIT_NEXT, 0);
    ck_assert_int_eq(ours_state(OLD), ROLL_REVOKED);
    live(2, BIT_NEXT | BIT_ZSK, BIT_NEXT, 0);
    ck_assert_int_eq(ours_state(OLD), ROLL_REMOVED);
    ck_assert_int_eq(ours_state(NEXT), ROLL_VALID);
    live(40, BIT_NEXT | BIT_NEWEST | BIT_ZSK, BIT_NEXT, 0); /* and the roll after that begins */
    ck_assert_int_eq(ours_state(NEWEST), ROLL_VALID);
}
END_TEST

START_TEST(a_machine_that_slept_through_the_roll_stays_with_what_it_has)
{
    trust_old();
    live(3, BIT_OLD | BIT_ZSK, BIT_OLD, 0);
    go_to(now.wall.s + 400 * ROLL_DAY_S);
    ck_assert(!take(day(BIT_NEXT | BIT_ZSK, BIT_NEXT, 0)).proven);
    ck_assert_int_eq(ours_state(OLD), ROLL_VALID);
    ck_assert_int_eq(ours_state(NEXT), ROLL_START);
}
END_TEST

START_TEST(a_built_in_key_that_revokes_itself_is_dropped_before_it_was_ever_seen) /* RULINGS A43 */
{
    trust_old();
    struct rrset *both = sign_ds_set(&name_root, ours, 2, bench.arena);
    ck_assert(rfc5011_add_anchors(&point, both, NULL, &bench.desk));
    ck_assert_uint_eq(rfc5011_trusted(&point), 3);
    live(1, BIT_OLD | BIT_NEXT | BIT_ZSK, BIT_OLD | BIT_NEXT, BIT_OLD);
    ck_assert_int_eq(ours_state(OLD), ROLL_REVOKED);
    ck_assert_int_eq(ours_state(NEXT), ROLL_VALID);
    both = sign_ds_set(&name_root, ours, 2, bench.arena);
    ck_assert(rfc5011_add_anchors(&point, both, NULL, &bench.desk)); /* the next start */
    ck_assert_int_eq(ours_state(OLD), ROLL_REVOKED);
    ck_assert_uint_eq(rfc5011_trusted(&point) & 1, 0);
    ck_assert(!take(day(BIT_OLD | BIT_ZSK, BIT_OLD, 0)).proven); /* an old set, shown again */
}
END_TEST

START_TEST(revoke_signed_by_another_key_revokes_nothing) /* RFC 5011 §2.1 */
{
    trust_old();
    live(40, BIT_OLD | BIT_NEXT | BIT_ZSK, BIT_OLD, 0);
    live(1, BIT_OLD | BIT_NEXT | BIT_ZSK, BIT_NEXT, BIT_OLD);
    ck_assert_int_eq(ours_state(OLD), ROLL_MISSING);
    live(1, BIT_OLD | BIT_NEXT | BIT_ZSK, BIT_OLD | BIT_NEXT, 0);
    ck_assert_int_eq(ours_state(OLD), ROLL_VALID);
}
END_TEST

START_TEST(a_look_stops_between_two_turns_and_goes_on) /* RULINGS B16 */
{
    struct rfc5011_look look = { .at = 0 };
    trust_old();
    live(40, BIT_OLD | BIT_NEXT | BIT_ZSK, BIT_OLD, 0);
    const struct rrset *set = day(BIT_OLD | BIT_NEXT | BIT_ZSK, BIT_OLD | BIT_NEXT, 0);
    unsigned turns = 0;
    enum proof proof = PROOF_CONTINUE;
    for (; proof == PROOF_CONTINUE && turns < 10; turns++) {
        bench.turn_units = turns == 0 ? 0 : 1;
        proof = rfc5011_look(&look, &point, set, &bench.desk);
    }
    ck_assert_int_eq(proof, PROOF_GOOD);
    ck_assert_uint_eq(turns, 3);
    ck_assert_uint_eq(look.sight.count, 2);
    ck_assert(look.sight.keys[0].signs && look.sight.keys[1].signs);
    ck_assert_uint_eq(look.sight.ttl_s, 3600);
    ck_assert_int_eq(look.sight.expires.s, now.wall.s - HOUR_S + 21 * ROLL_DAY_S);
}
END_TEST

START_TEST(a_spent_budget_gives_no_sight) /* RULINGS A2 */
{
    struct rfc5011_look look = { .at = 0 };
    trust_old();
    const struct rrset *set = day(BIT_OLD | BIT_ZSK, BIT_OLD, 0);
    bench.limits.good_checks = 0;
    budget_init(&bench.budget, &bench.limits);
    ck_assert_int_eq(rfc5011_look(&look, &point, set, &bench.desk), PROOF_SPENT);
}
END_TEST

Suite *dnssec_rfc5011_walk_suite(void)
{
    Suite *suite = suite_create("dnssec/rfc5011_walk");
    TCase *root = tcase_create("the root's sets"), *own = tcase_create("keys of our own");
    tcase_add_checked_fixture(root, set_up, tear_down);
    tcase_add_test(root, all_sets_of_the_root_lead_from_ksk_2010_to_ksk_2024);
    tcase_add_test(root, the_sets_of_2025_and_2026_lead_from_ksk_2017_to_ksk_2024);
    tcase_add_test(root, both_keys_built_in_are_trusted_from_the_first_set_on);
    tcase_add_test(root, a_point_with_the_wrong_key_learns_nothing);
    tcase_add_test(root, a_set_with_one_bit_wrong_changes_nothing);
    suite_add_tcase(suite, root);
    tcase_add_checked_fixture(own, set_up_signer, tear_down_signer);
    tcase_add_test(own, the_roll_of_2026_is_followed_to_its_end);
    tcase_add_test(own, a_machine_that_slept_through_the_roll_stays_with_what_it_has);
    tcase_add_test(own, a_built_in_key_that_revokes_itself_is_dropped_before_it_was_ever_seen);
    tcase_add_test(own, revoke_signed_by_another_key_revokes_nothing);
    tcase_add_test(own, a_look_stops_between_two_turns_and_goes_on);
    tcase_add_test(own, a_spent_budget_gives_no_sight);
    suite_add_tcase(suite, own);
    return suite;
}
