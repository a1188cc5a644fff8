#include "lib/wire/rrset.h"

#include "lib/base/limits.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* An RRSIG over A records: RFC 4034 §3.1, signer "a.", one octet of signature. */
#define RRSIG_A(tag, octet) BYTES("\0\1\15\1\0\0\0\1\0\0\0\2\0\0\0\1\0" tag "\1a\0" octet)

static struct memory_fixture memory;
static struct name owner;

static void set_up(void)
{
    memory = memory_fixture_up((size_t)8 << 20);
    owner = name_of("Www.example.");
}

static void tear_down(void)
{
    memory_fixture_down(memory);
}

static struct rrset *pack(uint16_t type, const struct bytes *rdatas, size_t count)
{
    struct rrset_parts parts = { &owner, type, 300, rdatas, count, NULL, 0 };
    struct rrset *set = NULL;
    ck_assert_int_eq(rrset_pack(&parts, memory.arena, &set), ST_OK);
    return set;
}

static struct rrset *pack_signed(const struct bytes *sigs, size_t sig_count)
{
    static const struct bytes address = BYTES("\1\2\3\4");
    struct rrset_parts parts = { &owner, TYPE_A, 300, &address, 1, sigs, sig_count };
    struct rrset *set = NULL;
    ck_assert_int_eq(rrset_pack(&parts, memory.arena, &set), ST_OK);
    return set;
}

/* ---- packing ---- */

START_TEST(rrset_pack_fills_the_header_and_keeps_the_owner_as_read)
{
    struct rrset *set = pack(TYPE_A, &SPAN("\1\2\3\4"), 1);
    struct name found = rrset_owner(set);
    assert_name(&found, "Www.example.");
    ck_assert_uint_eq(set->owner_labels, 2);
    ck_assert_uint_eq(set->ttl, 300);
    ck_assert_uint_eq(set->type, TYPE_A);
    ck_assert_uint_eq(set->rr_count, 1);
    ck_assert_uint_eq(set->sig_count, 0);
    ck_assert_uint_eq(set->security, SEC_UNCHECKED);
    ck_assert_uint_eq(set->rank, RANK_REFERRAL);
    ck_assert_uint_eq(set->size % 8, 0);
    ck_assert_uint_ge(set->size, sizeof *set + 13 + 2 + 4);
    ck_assert_uint_lt(set->size, sizeof *set + 13 + 2 + 4 + 8);
    assert_bytes(rrset_rdata(set, 0), SPAN("\1\2\3\4"));
    ck_assert_uint_eq(rrset_rdata(set, 1).len, 0);
}
END_TEST

START_TEST(rrset_pack_sorts_as_left_justified_octets_and_drops_doubles) /* RFC 4034 §6.3 */
{
    static const struct bytes rdatas[] = { BYTES("\2b\0"), BYTES("\1a"),  BYTES("\2b"),
                                           BYTES("\1a"),   BYTES("\xFF"), BYTES("") };
    struct rrset *set = pack(65280, rdatas, COUNT(rdatas));
    ck_assert_uint_eq(set->rr_count, 5);
    assert_bytes(rrset_rdata(set, 0), SPAN(""));
    assert_bytes(rrset_rdata(set, 1), SPAN("\1a"));
    assert_bytes(rrset_rdata(set, 2), SPAN("\2b"));
    assert_bytes(rrset_rdata(set, 3), SPAN("\2b\0"));
    assert_bytes(rrset_rdata(set, 4), SPAN("\xFF"));
}
END_TEST

START_TEST(rrset_pack_sorts_names_by_their_canonical_form) /* RFC 4034 §6.2, §6.3 */
{
    static const struct bytes rdatas[] = { BYTES("\1b\0"), BYTES("\1C\0"), BYTES("\1a\0"),
                                           BYTES("\1B\0") };
    struct rrset *set = pack(TYPE_NS, rdatas, COUNT(rdatas));
    ck_assert_uint_eq(set->rr_count, 3); /* b and B are one record */
    assert_bytes(rrset_rdata(set, 0), SPAN("\1a\0"));
    assert_bytes(rrset_rdata(set, 1), SPAN("\1B\0"));
    assert_bytes(rrset_rdata(set, 2), SPAN("\1C\0"));

    set = pack(TYPE_NSEC, (const struct bytes[]){ BYTES("\1b\0"), BYTES("\1B\0") }, 2);
    ck_assert_uint_eq(set->rr_count, 2); /* RFC 6840 §5.1: an NSEC's name is not lowered */
}
END_TEST

START_TEST(rrset_pack_makes_equal_octets_of_equal_sets_in_any_order)
{
    static const struct bytes rdatas[] = { BYTES("\1b\0"), BYTES("\1B\0"), BYTES("\1c\0") };
    static const struct bytes turned[] = { BYTES("\1c\0"), BYTES("\1B\0"), BYTES("\1b\0") };
    struct rrset *one = pack(TYPE_NS, rdatas, 3), *two = pack(TYPE_NS, turned, 3);
    ck_assert_uint_eq(one->size, two->size);
    ck_assert_mem_eq(one, two, one->size);
    ck_assert(rrset_same_octets(one, two));
}
END_TEST

START_TEST(rrset_pack_sorts_signatures_and_keeps_eight) /* LIMITS 0.1 */
{
    static const struct bytes sigs[] = {
        RRSIG_A("\7", "x"), RRSIG_A("\3", "x"), RRSIG_A("\11", "x"), RRSIG_A("\1", "x"),
        RRSIG_A("\2", "x"), RRSIG_A("\3", "x"), RRSIG_A("\10", "x"), RRSIG_A("\5", "x"),
        RRSIG_A("\6", "x"), RRSIG_A("\4", "x"), RRSIG_A("\12", "x"),
    };
    struct rrset *set = pack_signed(sigs, COUNT(sigs));
    ck_assert_uint_eq(set->sig_count, RRSIGS_PER_RRSET_MAX);
    struct rrset_walk walk = rrset_signatures(set);
    struct bytes sig;
    for (unsigned tag = 1; tag <= RRSIGS_PER_RRSET_MAX; tag++) {
        ck_assert(rrset_next(&walk, &sig));
        ck_assert_uint_eq(sig.at[17], tag);
    }
    ck_assert(!rrset_next(&walk, &sig));
}
END_TEST

START_TEST(rrset_pack_takes_signatures_alone)
{
    static const struct bytes sig = RRSIG_A("\7", "x");
    struct rrset_parts parts = { &owner, TYPE_A, 1, NULL, 0, &sig, 1 };
    struct rrset *set;
    struct bytes found;
    ck_assert_int_eq(rrset_pack(&parts, memory.arena, &set), ST_OK);
    struct rrset_walk records = rrset_records(set), signatures = rrset_signatures(set);
    ck_assert(!rrset_next(&records, &found));
    ck_assert(rrset_next(&signatures, &found));
    assert_bytes(found, sig);
    ck_assert(rrset_is_sound(set, set->size));
}
END_TEST

START_TEST(rrset_pack_sorts_thousands_of_records) /* LIMITS G2 */
{
    enum { MANY = 16000 };
    static uint8_t octets[MANY][4];
    static struct bytes rdatas[MANY];
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t mixed = i * 2654435761u % 8192; /* each value about twice */
        uint8_t rdata[4] = { (uint8_t)(mixed >> 8), (uint8_t)mixed, 0, 0 };
        memcpy(octets[i], rdata, 4);
        rdatas[i] = (struct bytes){ octets[i], 4 };
    }
    struct rrset *set = pack(TYPE_A, rdatas, MANY);
    ck_assert_uint_le(set->rr_count, 8192);
    struct rrset_walk walk = rrset_records(set);
    struct bytes before = { NULL, 0 }, rdata;
    unsigned walked = 0;
    for (; rrset_next(&walk, &rdata); before = rdata, walked++)
        ck_assert_int_lt(bytes_compare(before, rdata), 0);
    ck_assert_uint_eq(walked, set->rr_count);
}
END_TEST

START_TEST(rrset_pack_takes_the_longest_rdata_and_refuses_longer)
{
    static uint8_t octets[65536];
    struct bytes longest = { octets, 65535 }, longer = { octets, 65536 };
    struct rrset *set = pack(TYPE_TXT, &longest, 1);
    ck_assert_uint_eq(rrset_rdata(set, 0).len, 65535);

    struct rrset_parts parts = { &owner, TYPE_TXT, 300, &longer, 1, NULL, 0 };
    ck_assert_int_eq(rrset_pack(&parts, memory.arena, &set), ST_LIMIT);
    ck_assert_uint_eq(rrset_rdata(set, 0).len, 65535);
}
END_TEST

START_TEST(rrset_pack_refuses_65536_records_and_no_owner)
{
    static struct bytes rdatas[65536];
    struct name none = { .len = 0 };
    struct rrset_parts parts = { &owner, TYPE_TXT, 300, rdatas, COUNT(rdatas), NULL, 0 };
    struct rrset *set = NULL;
    ck_assert_int_eq(rrset_pack(&parts, memory.arena, &set), ST_LIMIT);
    parts.owner = &none;
    parts.rr_count = 1;
    ck_assert_int_eq(rrset_pack(&parts, memory.arena, &set), ST_MALFORMED);
    ck_assert_ptr_null(set);
}
END_TEST

START_TEST(rrset_pack_reports_a_full_arena) /* LIMITS G4 */
{
    static const struct bytes rdatas[] = { BYTES("\1B\0"), BYTES("\1A\0") };
    struct rrset_parts parts = { &owner, TYPE_NS, 300, rdatas, 2, NULL, 0 };
    struct rrset *whole = pack(TYPE_NS, rdatas, 2), *set = NULL;
    bool succeeded = false;
    for (size_t cap = 0; cap < 512; cap++) {
        struct arena *small = arena_create(memory.pool, cap);
        ck_assert_ptr_nonnull(small);
        enum status status = rrset_pack(&parts, small, &set);
        ck_assert(status == ST_OK || (status == ST_LIMIT && set == NULL));
        succeeded = status == ST_OK;
        ck_assert(!succeeded || rrset_same_octets(set, whole));
        arena_destroy(small);
        set = NULL;
    }
    ck_assert(succeeded);
}
END_TEST

START_TEST(rrset_copy_is_equal_and_apart)
{
    struct rrset *set = pack(TYPE_A, &SPAN("\1\2\3\4"), 1), *copy;
    set->security = SEC_SECURE;
    ck_assert_int_eq(rrset_copy(set, memory.arena, &copy), ST_OK);
    ck_assert_ptr_ne(copy, set);
    ck_assert_mem_eq(copy, set, set->size);
    struct arena *none = arena_create(memory.pool, 0);
    ck_assert_int_eq(rrset_copy(set, none, &copy), ST_LIMIT);
    arena_destroy(none);
}
END_TEST

/* ---- asking ---- */

START_TEST(rrset_owner_is_folds_case)
{
    struct rrset *set = pack(TYPE_A, &SPAN("\1\2\3\4"), 1);
    struct name same = name_of("wWW.EXAMPLE."), other = name_of("wwx.example.");
    struct name longer = name_of("a.www.example."), split = name_of("w\\.w.example.");
    ck_assert(rrset_owner_is(set, &same));
    ck_assert(!rrset_owner_is(set, &other));
    ck_assert(!rrset_owner_is(set, &longer));
    ck_assert(!rrset_owner_is(set, &split));
}
END_TEST

START_TEST(rrset_same_octets_leaves_out_ttl_security_and_rank)
{
    static const struct bytes sig = RRSIG_A("\7", "x"), other_sig = RRSIG_A("\7", "y");
    struct rrset *one = pack_signed(&sig, 1), *two = pack_signed(&sig, 1);
    two->ttl = 1;
    two->security = SEC_SECURE;
    two->rank = RANK_VALIDATED;
    ck_assert(rrset_same_octets(one, two));
    ck_assert(!rrset_same_octets(one, pack_signed(&other_sig, 1)));
    ck_assert(!rrset_same_octets(one, pack_signed(NULL, 0)));
    two->sig_count = 0;
    ck_assert(!rrset_same_octets(one, two));
    two->sig_count = 1;
    two->type = TYPE_AAAA;
    ck_assert(!rrset_same_octets(one, two));
    owner = name_of("www.example."); /* the case of the owner is an octet too */
    ck_assert(!rrset_same_octets(one, pack_signed(&sig, 1)));
}
END_TEST

/* ---- blocks from outside ---- */

/* A block of its own, so that the sanitizer sees each octet read behind `size`. */
static bool is_sound(const uint8_t *octets, size_t size)
{
    uint8_t *block = arena_copy(memory.arena, octets, size);
    ck_assert_ptr_nonnull(block);
    return rrset_is_sound(block, size);
}

static struct rrset *signed_example(void)
{
    static const struct bytes sigs[] = { RRSIG_A("\7", "x"), RRSIG_A("\6", "x") };
    return pack_signed(sigs, 2);
}

START_TEST(rrset_is_sound_takes_what_pack_made_at_any_alignment)
{
    struct rrset *set = signed_example();
    uint8_t *room = arena_alloc(memory.arena, set->size + 8);
    for (size_t shift = 0; shift < 8; shift++) {
        memcpy(room + shift, set, set->size);
        ck_assert(rrset_is_sound(room + shift, set->size));
    }
}
END_TEST

START_TEST(rrset_is_sound_refuses_every_other_size)
{
    struct rrset *set = signed_example();
    const uint8_t *octets = (const uint8_t *)set;
    uint8_t *longer = arena_zero(memory.arena, set->size + 16);
    memcpy(longer, octets, set->size);
    for (size_t size = 0; size < set->size; size++)
        ck_assert(!is_sound(octets, size));
    for (size_t more = 1; more <= 16; more++)
        ck_assert(!is_sound(longer, set->size + more));
}
END_TEST

START_TEST(rrset_is_sound_takes_up_to_seven_octets_of_padding_and_no_more)
{
    for (size_t len = 0; len < 8; len++) {
        struct rrset *set = pack(65280, &(struct bytes){ (const uint8_t *)"1234567", len }, 1);
        struct rrset *longer = arena_zero(memory.arena, set->size + 8);
        memcpy(longer, set, set->size);
        ck_assert(rrset_is_sound(longer, set->size));
        longer->size += 8;
        ck_assert(!rrset_is_sound(longer, longer->size));
    }
}
END_TEST

/* Sets the octet at `offset` of a sound block to `value`. */
static bool sound_with(size_t offset, uint8_t value)
{
    struct rrset *set = signed_example();
    uint8_t *octets = (uint8_t *)set;
    octets[offset] = value;
    return is_sound(octets, set->size);
}

START_TEST(rrset_is_sound_refuses_a_wrong_header)
{
    size_t last = signed_example()->size - 1;
    ck_assert(sound_with(offsetof(struct rrset, ttl), 77));
    ck_assert(!sound_with(offsetof(struct rrset, size), 0));
    ck_assert(!sound_with(offsetof(struct rrset, rr_count), 0));
    ck_assert(!sound_with(offsetof(struct rrset, rr_count), 9));
    ck_assert(!sound_with(offsetof(struct rrset, sig_count), 9));
    ck_assert(!sound_with(offsetof(struct rrset, sig_count), 1));
    ck_assert(!sound_with(offsetof(struct rrset, security), SEC_SECURE + 1));
    ck_assert(!sound_with(offsetof(struct rrset, rank), RANK_VALIDATED + 1));
    ck_assert(!sound_with(offsetof(struct rrset, owner_len), 0));
    ck_assert(!sound_with(offsetof(struct rrset, owner_len), 255));
    ck_assert(!sound_with(offsetof(struct rrset, owner_labels), 1));
    ck_assert(!sound_with(offsetof(struct rrset, unused), 1));
    ck_assert(!sound_with(offsetof(struct rrset, octets), 64));
    ck_assert(!sound_with(last, 1));
    ck_assert(!sound_with(offsetof(struct rrset, type), TYPE_AAAA)); /* 4 octets are no AAAA */
}
END_TEST

START_TEST(rrset_is_sound_reads_nothing_outside_whatever_one_octet_says)
{
    struct rrset *set = signed_example();
    uint8_t *octets = (uint8_t *)set;
    for (size_t offset = 0; offset < set->size; offset++) {
        for (unsigned value = 0; value <= UINT8_MAX; value += 5) {
            uint8_t kept = octets[offset];
            size_t size = set->size;
            octets[offset] = (uint8_t)value;
            (void)rrset_is_sound(octets, size); /* the answer is not the point: the sanitizer is */
            octets[offset] = kept;
        }
    }
    ck_assert(rrset_is_sound(set, set->size));
}
END_TEST

static void add_packing(Suite *suite)
{
    TCase *tcase = tcase_create("packing");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, rrset_pack_fills_the_header_and_keeps_the_owner_as_read);
    tcase_add_test(tcase, rrset_pack_sorts_as_left_justified_octets_and_drops_doubles);
    tcase_add_test(tcase, rrset_pack_sorts_names_by_their_canonical_form);
    tcase_add_test(tcase, rrset_pack_makes_equal_octets_of_equal_sets_in_any_order);
    tcase_add_test(tcase, rrset_pack_sorts_signatures_and_keeps_eight);
    tcase_add_test(tcase, rrset_pack_takes_signatures_alone);
    tcase_add_test(tcase, rrset_pack_sorts_thousands_of_records);
    tcase_add_test(tcase, rrset_pack_takes_the_longest_rdata_and_refuses_longer);
    tcase_add_test(tcase, rrset_pack_refuses_65536_records_and_no_owner);
    tcase_add_test(tcase, rrset_pack_reports_a_full_arena);
    tcase_add_test(tcase, rrset_copy_is_equal_and_apart);
    suite_add_tcase(suite, tcase);
}

Suite *wire_rrset_suite(void)
{
    Suite *suite = suite_create("wire/rrset");
    TCase *asking = tcase_create("asking"), *outside = tcase_create("blocks from outside");
    add_packing(suite);
    tcase_add_checked_fixture(asking, set_up, tear_down);
    tcase_add_test(asking, rrset_owner_is_folds_case);
    tcase_add_test(asking, rrset_same_octets_leaves_out_ttl_security_and_rank);
    suite_add_tcase(suite, asking);
    tcase_add_checked_fixture(outside, set_up, tear_down);
    tcase_add_test(outside, rrset_is_sound_takes_what_pack_made_at_any_alignment);
    tcase_add_test(outside, rrset_is_sound_refuses_every_other_size);
    tcase_add_test(outside, rrset_is_sound_takes_up_to_seven_octets_of_padding_and_no_more);
    tcase_add_test(outside, rrset_is_sound_refuses_a_wrong_header);
    tcase_add_test(outside, rrset_is_sound_reads_nothing_outside_whatever_one_octet_says);
    suite_add_tcase(suite, outside);
    return suite;
}
