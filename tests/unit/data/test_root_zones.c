/* The root zone as it was published from 2011 to 2026: all of it proven, and no change of it. */
#include <stdio.h>

#include "lib/wire/type.h"
#include "tests/unit/data/root_zone.h"

const struct root_edition root_editions[] = {
    { "2011030200", KSK_2010, "20110302000000", "20110309000000", 3979, 372, true },
    { "2014071301", KSK_2010, "20140712230000", "20140720000000", 8145, 1094, false },
    { "2016100801", KSK_2010, "20161008160000", "20161015235959", 21418, 2846, false },
    { "2017082100", KSK_2010, "20170821040000", "20170903050000", 22772, 2950, false },
    { "2018071200", KSK_2010, "20180712040000", "20180725050000", 22530, 2944, false },
    { "2019010300", KSK_2017, "20190103040000", "20190116050000", 22469, 2928, false },
    { "2019022100", KSK_2017, "20190221040000", "20190306050000", 22465, 2923, false },
    { "2019040201", KSK_2017, "20190402160000", "20190415170000", 22688, 2924, false },
    { "2020101902", KSK_2017, "20201019180000", "20201101000000", 21591, 2884, false },
    { "2022021501", KSK_2017, "20220215160000", "20220228170000", 24448, 2854, false },
    { "2023110500", KSK_2017, "20231105040000", "20231118050000", 25097, 2813, false },
    { "2025041400", KSK_2017, "20250414040000", "20250427050000", 25077, 2790, false },
    { "2025103001", KSK_2017, "20251030160000", "20251111000000", 24892, 2788, false },
    { "2025103100", KSK_2017, "20251031040000", "20251113050000", 24892, 2788, false },
    { "2026073102", KSK_2017, "20260731190000", "20260813200000", 24877, 2792, true },
};
const size_t root_edition_count = ROWS(root_editions);

static struct root root;

/* RFC 4035 §2.2: what the zone is authoritative for is signed; delegations and glue are not. */
static bool must_be_signed(const struct rrset *set)
{
    return set->owner_labels == 0 || set->type == TYPE_DS || set->type == TYPE_NSEC;
}

void root_signatures(struct root *of)
{
    char owner[NAME_TEXT], type[TYPE_TEXT];
    struct rrsig_check check;

    for (size_t i = 0; i < of->zone.count; i++) {
        const struct rrset *set = of->zone.sets[i];
        struct name name = rrset_owner(set);
        name_text(&name, owner, sizeof owner);
        type_text(set->type, type);
        ck_assert_msg((set->sig_count > 0) == must_be_signed(set), "%s %s", owner, type);
        if (set->sig_count == 0)
            continue;
        proof_bench_job(&of->bench);
        of->bench.desk.wall = of->wall;
        ck_assert_msg(root_prove(of, set, &check) == PROOF_GOOD, "%s %s", owner, type);
        of->good++;
    }
}

/* RFC 4035 §5.2, RFC 5011 §2.1: the anchors of other days, a revoked key's among them, lead
 * nowhere; nor does the right one with a digit changed. */
static void other_anchors(void)
{
    static const char *const anchors[] = { KSK_2010, KSK_2017, KSK_2024 };
    char changed[200];

    for (size_t i = 0; i < ROWS(anchors); i++)
        ck_assert_msg((root_chain(&root, anchors[i]) == ZONE_SECURE) ==
                          (anchors[i] == root.edition->anchor ||
                           strcmp(anchors[i], root.edition->anchor) == 0),
                      "%s under %s", root.edition->serial, anchors[i]);
    snprintf(changed, sizeof changed, "%s", root.edition->anchor);
    changed[strlen(changed) - 1] ^= 1;
    ck_assert_int_eq(root_chain(&root, changed), ZONE_BOGUS);
}

static void at_other_times(void)
{
    struct unixtime inside = root.wall;

    root.wall.s -= 60 * 86400;
    ck_assert_int_eq(root_chain(&root, root.edition->anchor), ZONE_BOGUS);
    root.wall = genuine_time(root.edition->until);
    root.wall.s += 60 * 86400;
    ck_assert_int_eq(root_chain(&root, root.edition->anchor), ZONE_BOGUS);
    root.wall = genuine_time(root.edition->until);
    root.wall.s--;
    ck_assert_int_eq(root_chain(&root, root.edition->anchor), ZONE_SECURE);
    root.wall = inside;
}

START_TEST(all_of_the_root_zone_is_proven_and_no_change_of_it) /* RFC 4035 §5 */
{
    if (!root_up(&root, &root_editions[_i]))
        return;
    ck_assert_uint_eq(root.zone.records, root.edition->records);
    ck_assert_uint_eq(root.zone.signatures, root.edition->signatures);
    other_anchors();
    at_other_times();
    ck_assert_int_eq(root_chain(&root, root.edition->anchor), ZONE_SECURE);
    root_signatures(&root);
    root_denials(&root);
    root_set_faults(&root);
    ck_assert_uint_gt(root.refused, root.stride > 1 ? 600 : 12 * root.edition->signatures);
    printf("root zone %s: %u judged good, %u refused%s\n", root.edition->serial, root.good,
           root.refused, root.stride > 1 ? " (sample)" : "");
    root_down(&root);
}
END_TEST

Suite *data_root_zones_suite(void)
{
    Suite *suite = suite_create("data/root_zones");
    TCase *zones = tcase_create("zones");

    tcase_set_timeout(zones, 120);
    tcase_add_loop_test(zones, all_of_the_root_zone_is_proven_and_no_change_of_it, 0,
                        (int)root_edition_count);
    suite_add_tcase(suite, zones);
    return suite;
}
