#include "resolver/anchor_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/dnssec/rfc5011_look.h"
#include "tests/support/bad_disk.h"
#include "tests/support/proof_bench.h"
#include "tests/support/sign.h"
#include "tests/unit/wire/wire_test.h"

enum { PATH = 128, BODY = 65536, DAY_S = ROLL_DAY_S, OLD = 0, NEXT, OURS };

static struct proof_bench bench;
static struct signer *signer;
static struct sign_key ours[OURS];
static struct bad_disk bad;
static struct state_file file;
static struct anchor_points points;
static char directory[PATH];
static struct rfc5011_now now;

static void begin_anew(void)
{
    anchor_points_clear(&points);
    file =
        (struct state_file){ .disk = &bad.disk, .directory = directory, .name = ANCHOR_STATE_NAME };
}

static void set_up(void)
{
    proof_bench_up(&bench);
    bad_disk_up(&bad);
    signer = signer_create();
    for (unsigned i = 0; i < OURS; i++)
        ours[i] = sign_key(signer, 13, i, SIGN_KSK);
    snprintf(directory, sizeof directory, "/tmp/catena-anchors-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    now = (struct rfc5011_now){ { PROOF_BENCH_WALL }, { 77 * NS_PER_S } };
    begin_anew();
}

static const char *path_of(const char *suffix)
{
    static char path[2 * PATH];
    snprintf(path, sizeof path, "%s/anchors%s", directory, suffix);
    return path;
}

static void tear_down(void)
{
    unlink(path_of(""));
    unlink(path_of(".before"));
    unlink(path_of(".new"));
    rmdir(directory);
    anchor_points_clear(&points);
    signer_destroy(signer);
    proof_bench_down(&bench);
}

/* ---- a daemon's life ---- */

static struct rfc5011_point *root(void)
{
    struct rfc5011_point *point = anchor_points_get(&points, &name_root);
    ck_assert_ptr_nonnull(point);
    return point;
}

/* What a start does: the file, then the anchors in force, here both keys of ours or the first. */
static enum status start(size_t built_in)
{
    begin_anew();
    enum status status = anchor_state_load(&file, &points);
    bench.desk.wall = now.wall;
    struct rrset *ds = sign_ds_set(&name_root, ours, built_in, bench.arena);
    ck_assert(rfc5011_add_anchors(root(), ds, NULL, &bench.desk));
    return status;
}

static void pass_days(unsigned days)
{
    now.wall.s += (int64_t)days * DAY_S;
    now.at.ns += (uint64_t)days * DAY_S * NS_PER_S;
}

/* A set with both keys; bits of those that sign, and of those that are revoked. */
static void see(unsigned signs, unsigned revoked)
{
    struct sign_key keys[OURS];
    struct sign_with with[OURS];
    struct rfc5011_look look = { .at = 0 };
    size_t count = 0;
    proof_bench_job(&bench);
    for (unsigned i = 0; i < OURS; i++) {
        keys[i] = ours[i];
        keys[i].flags = (revoked >> i & 1) != 0 ? SIGN_KSK_REVOKED : SIGN_KSK;
        if ((signs >> i & 1) != 0)
            with[count++] = (struct sign_with){ .key = &keys[i],
                                                .zone = &name_root,
                                                .inception = (uint32_t)now.wall.s,
                                                .expiration = (uint32_t)now.wall.s + 21 * DAY_S };
    }
    struct rrset *set = sign_dnskey_set(&name_root, keys, OURS, bench.arena);
    set = sign_set(set, with, count, bench.arena);
    bench.desk.wall = now.wall;
    ck_assert_int_eq(rfc5011_look(&look, root(), set, &bench.desk), PROOF_GOOD);
    ck_assert(rfc5011_step(root(), &look.sight, now).proven);
}

static enum rfc5011_state state_of(unsigned which)
{
    struct bytes rdata = sign_dnskey(&ours[which], bench.arena);
    for (unsigned i = 0; i < ROLL_KEYS; i++) {
        const struct rfc5011_key *key = &root()->keys[i];
        if (key->state != ROLL_START && bytes_equal((struct bytes){ key->rdata, key->len }, rdata))
            return (enum rfc5011_state)key->state;
    }
    return ROLL_START;
}

static void save(void)
{
    ck_assert_msg(anchor_state_save(&file, &points, now.wall) == ST_OK, "%s", file.trouble);
}

/* ---- tests ---- */

static void same_key(const struct rfc5011_key *a, const struct rfc5011_key *b)
{
    ck_assert(a->state == b->state && a->form == b->form && a->builtin == b->builtin);
    ck_assert(a->revoked == b->revoked && a->signers == b->signers);
    ck_assert(a->since.s == b->since.s && a->seen.s == b->seen.s);
    ck_assert(a->counted_s == b->counted_s && a->hold_s == b->hold_s && a->len == b->len);
    ck_assert_mem_eq(a->rdata, b->rdata, a->len);
}

START_TEST(what_is_saved_comes_back_but_for_the_monotonic_clock)
{
    struct name zone = name_of("corp.example."), again = name_of("CORP.example.");
    ck_assert_int_eq(start(1), ST_NOTFOUND);
    see(1, 0);
    pass_days(12);
    see(1, 0);
    static const uint8_t ds[36] = { 1, 2, 8, 2, 0xAB };
    struct rfc5011_point *corp = anchor_points_get(&points, &zone);
    ck_assert_ptr_eq(anchor_points_get(&points, &again), corp);
    ck_assert(rfc5011_add(corp, ROLL_AS_DS, (struct bytes){ ds, sizeof ds }, now.wall));
    save();
    struct rfc5011_point before[2] = { *root(), *corp };
    begin_anew();
    ck_assert_msg(anchor_state_load(&file, &points) == ST_OK, "%s", file.trouble);
    ck_assert_uint_eq(points.count, 2);
    for (unsigned i = 0; i < 2; i++) {
        before[i].same_run = false;
        before[i].checked_at = (struct instant){ 0 };
        ck_assert(name_identical(&points.points[i]->zone, &before[i].zone));
        for (unsigned slot = 0; slot < ROLL_KEYS; slot++)
            same_key(&points.points[i]->keys[slot], &before[i].keys[slot]);
        ck_assert_int_eq(points.points[i]->checked.s, before[i].checked.s);
        ck_assert_int_eq(points.points[i]->expires.s, before[i].expires.s);
        ck_assert_uint_eq(points.points[i]->ttl_s, before[i].ttl_s);
        ck_assert(!points.points[i]->same_run);
    }
}
END_TEST

START_TEST(a_hold_down_goes_on_over_restarts) /* RFC 5011 §2.2 */
{
    ck_assert_int_eq(start(1), ST_NOTFOUND);
    for (unsigned i = 0; i < 6; i++) {
        see(1, 0);
        ck_assert_int_eq(state_of(NEXT), ROLL_PENDING);
        save();
        pass_days(5);
        now.at.ns = i; /* another boot */
        ck_assert_int_eq(start(1), ST_OK);
    }
    see(1, 0);
    ck_assert_int_eq(state_of(NEXT), ROLL_VALID);
}
END_TEST

START_TEST(a_recorded_revocation_outlives_a_restart) /* RULINGS A43 */
{
    ck_assert_int_eq(start(2), ST_NOTFOUND);
    see(3, 1);
    save();
    ck_assert_int_eq(start(2), ST_OK);
    ck_assert_int_eq(state_of(OLD), ROLL_REVOKED);
    ck_assert_int_eq(state_of(NEXT), ROLL_VALID);
    see(2, 0); /* the old key again, as if nothing had been */
    ck_assert_int_eq(state_of(OLD), ROLL_REVOKED);
}
END_TEST

START_TEST(without_a_file_that_can_be_read_the_built_in_keys_stand) /* SPEC A2 */
{
    ck_assert_int_eq(start(2), ST_NOTFOUND);
    see(3, 0);
    save();
    FILE *stream = fopen(path_of(""), "w");
    fputs("key 0 valid\n", stream);
    fclose(stream);
    ck_assert_int_eq(start(2), ST_MALFORMED);
    ck_assert_ptr_nonnull(strstr(file.trouble, "anchors: it does not begin with"));
    ck_assert_uint_eq(rfc5011_trusted(root()), 3);
    see(3, 0);
    save();
    ck_assert_int_eq(start(2), ST_OK);
    ck_assert_str_eq(file.trouble, "");
}
END_TEST

START_TEST(on_a_full_disk_the_points_in_memory_go_on) /* LIMITS H3, SPEC A2 */
{
    ck_assert_int_eq(start(1), ST_NOTFOUND);
    see(1, 0);
    save();
    bad.killed = true;
    bad.error = ENOSPC;
    bad.fails_at = bad.steps + 4;
    pass_days(30);
    see(1, 0);
    ck_assert_int_eq(anchor_state_save(&file, &points, now.wall), ST_IO);
    ck_assert_ptr_nonnull(strstr(file.trouble, "No space left on device"));
    ck_assert_int_eq(state_of(NEXT), ROLL_VALID);
    see(2, 0);
    bad.fails_at = 0; /* room again */
    bad.killed = false;
    save();
    ck_assert_int_eq(start(1), ST_OK);
    ck_assert_int_eq(state_of(NEXT), ROLL_VALID);
}
END_TEST

START_TEST(the_fullest_point_fits_the_file)
{
    static const uint8_t head[] = { 1, 1, 3, 200 };
    for (unsigned zone = 0; zone < ANCHOR_POINTS_MAX; zone++) {
        char text[16];
        struct name name;
        snprintf(text, sizeof text, "z%u.", zone);
        name = name_of(text);
        struct rfc5011_point *point = anchor_points_get(&points, &name);
        for (unsigned i = 0; i < ROLL_KEYS; i++) {
            struct rfc5011_key *key = &point->keys[i];
            memset(key, 0xFF, sizeof *key);
            memcpy(key->rdata, head, sizeof head);
            key->rdata[5] = (uint8_t)i;
            key->len = ROLL_KEY_OCTETS;
            key->state = ROLL_PENDING;
            key->form = ROLL_AS_KEY;
            key->builtin = key->revoked = false;
            key->signers = (1u << ROLL_KEYS) - 1;
            key->since = key->seen = (struct unixtime){ INT64_C(1) << 40 };
        }
    }
    struct name more = name_of("more.");
    ck_assert_ptr_null(anchor_points_get(&points, &more));
    save();
    begin_anew();
    ck_assert_msg(anchor_state_load(&file, &points) == ST_OK, "%s", file.trouble);
    ck_assert_uint_eq(points.count, ANCHOR_POINTS_MAX);
}
END_TEST

#define ZONE "zone . checked 1 ttl 2 expires 3\n"
#define REST " since 1 seen 2 counted 3 hold 2592000 signers 1 "
#define KEY  "DNSKEY 257 3 8 AQID\n"

/* With a checksum that is right: only the form is wrong. */
static const struct {
    const char *body, *words;
} wrong[] = {
    { "hello\n", "line 4 is not as it should be: expected zone or key" },
    { "\n", "expected zone or key" },
    { "sixteen-letters. checked 1 ttl 2 expires 3\n", "expected zone or key" },
    { "seventeen-letters checked 1 ttl 2 expires 3\n", "expected zone or key" },
    { "zone a..b checked 1 ttl 2 expires 3\n", "expected the name of a zone" },
    { "zone . chequed 1 ttl 2 expires 3\n", "expected checked" },
    { "zone . checked 18446744073709551617 ttl 2 expires 3\n", "expected checked" }, /* 2^64 + 1 */
    { "key 0 valid built-in clean tag 2059" REST KEY, "expected a zone, then its slots" },
    { "zone .\n", "expected checked" },
    { "zone . checked x ttl 2 expires 3\n", "expected checked" },
    { "zone . checked 1 ttl 4294967296 expires 3\n", "expected ttl" },
    { "zone . checked 1 ttl 2 expires 2199023255552\n", "expected expires" },
    { "zone . checked 1 ttl 2 expires 3 more\n", "expected the end of the line" },
    { ZONE ZONE, "line 5 is not as it should be: expected a zone more" },
    { ZONE "key 16 valid built-in clean tag 2059" REST KEY, "expected a slot" },
    { ZONE "key 0 start built-in clean tag 2059" REST KEY, "expected a state" },
    { ZONE "key 0 trusted built-in clean tag 2059" REST KEY, "expected a state" },
    { ZONE "key 0 valid built-in dirty tag 2059" REST KEY, "expected revoked" },
    { ZONE "key 0 valid built-in clean tag 2062" REST KEY, "expected the tag of its key" },
    { ZONE "key 0 valid built-in revoked tag 2059" REST KEY, "expected clean" },
    { ZONE "key 0 revoked built-in clean tag 2059" REST KEY, "expected revoked" },
    { ZONE "key 0 missing learned clean tag 2059" REST KEY, "expected the hold-down" },
    { ZONE "key 0 valid learned clean tag 2059" REST "MX 1 a.\n", "expected a DNSKEY or DS" },
    { ZONE "key 0 valid learned clean tag 2059" REST "DNSKEY\n", "expected a DNSKEY or DS" },
    { ZONE "key 0 valid learned clean tag 257" REST "DNSKEY \\# 2 0101\n",
      "expected a DNSKEY or DS" },
    { ZONE
      "key 0 valid learned clean tag 2059 since 1 seen 2 counted 3 hold 2592000 signers 65536 " KEY,
      "expected signers" },
    { ZONE "key 0 valid learned clean tag 2187" REST "DNSKEY 385 3 8 AQID\n", "without REVOKE" },
    { ZONE "key 0 pending learned clean tag 1" REST "DS 1 8 2 00\n",
      "expected a DS that is valid" },
    { ZONE "key 1 valid learned clean tag 2059" REST KEY
           "key 1 valid learned clean tag 2059" REST KEY,
      "line 6" },
};

static void write_body(const char *body)
{
    ck_assert_int_eq(
        state_write(&file, (struct bytes){ (const uint8_t *)body, strlen(body) }, now.wall), ST_OK);
}

START_TEST(what_no_run_has_written_is_refused_whole) /* LIMITS H3 */
{
    write_body(wrong[_i].body);
    begin_anew();
    ck_assert_int_eq(anchor_state_load(&file, &points), ST_MALFORMED);
    ck_assert_msg(strstr(file.trouble, wrong[_i].words) != NULL, "%s", file.trouble);
    ck_assert_uint_eq(points.count, 0);
}
END_TEST

START_TEST(the_right_form_of_those_lines_is_taken)
{
    write_body(ZONE "key 3 pending learned clean tag 2059" REST KEY
                    "key 4 removed learned revoked tag 2059" REST KEY);
    begin_anew();
    ck_assert_msg(anchor_state_load(&file, &points) == ST_OK, "%s", file.trouble);
    const struct rfc5011_key *key = &root()->keys[3];
    ck_assert_int_eq(key->state, ROLL_PENDING);
    ck_assert_int_eq(key->since.s, 1);
    ck_assert_int_eq(key->seen.s, 2);
    ck_assert_uint_eq(key->counted_s, 3);
    ck_assert_uint_eq(key->hold_s, ROLL_ADD_S);
    ck_assert_uint_eq(key->signers, 1);
    ck_assert_uint_eq(key->len, 7);
    ck_assert_int_eq(root()->keys[4].state, ROLL_REMOVED);
    ck_assert(root()->keys[4].revoked);
}
END_TEST

START_TEST(no_memory_refuses_and_harms_nothing) /* LIMITS G5 */
{
    ck_assert_int_eq(start(1), ST_NOTFOUND);
    see(1, 0);
    save();
    for (uint64_t succeed = 0;; succeed++) {
        begin_anew();
        memory_fail_after(succeed);
        enum status status = anchor_state_load(&file, &points);
        bool struck = memory_fail_stop();
        if (!struck) {
            ck_assert_int_eq(status, ST_OK);
            break;
        }
        ck_assert_int_ne(status, ST_OK);
        ck_assert_uint_gt(strlen(file.trouble), 10);
        ck_assert_ptr_null(strstr(file.trouble, "(null)"));
        ck_assert_uint_eq(points.count, 0);
    }
    memory_fail_after(0);
    ck_assert_int_ne(anchor_state_save(&file, &points, now.wall), ST_OK);
    memory_fail_stop();
    ck_assert_str_eq(file.trouble, "no memory to write anchors");
}
END_TEST

Suite *resolver_anchor_state_suite(void)
{
    Suite *suite = suite_create("resolver/anchor_state");
    TCase *tcase = tcase_create("load and save");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_is_saved_comes_back_but_for_the_monotonic_clock);
    tcase_add_test(tcase, a_hold_down_goes_on_over_restarts);
    tcase_add_test(tcase, a_recorded_revocation_outlives_a_restart);
    tcase_add_test(tcase, without_a_file_that_can_be_read_the_built_in_keys_stand);
    tcase_add_test(tcase, on_a_full_disk_the_points_in_memory_go_on);
    tcase_add_test(tcase, the_fullest_point_fits_the_file);
    tcase_add_loop_test(tcase, what_no_run_has_written_is_refused_whole, 0,
                        sizeof wrong / sizeof *wrong);
    tcase_add_test(tcase, the_right_form_of_those_lines_is_taken);
    tcase_add_test(tcase, no_memory_refuses_and_harms_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
