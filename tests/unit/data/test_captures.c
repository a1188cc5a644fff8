/* Responses as they were on the network: every message parses, every record prints and reads back,
 * and the signatures whose keys were captured too verify. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dnssec/rrsig.h"
#include "lib/wire/message.h"
#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "tests/support/genuine.h"
#include "tests/support/proof_bench.h"
#include "tests/unit/suites.h"

#define FILE_NAME "captures/responses.jsonl"

enum { CAPTURES = 38, KEY_SETS_MAX = 64, VERIFIED = 28, LINE_OCTETS = NAME_TEXT + TEXT_RDATA + 64 };

static struct proof_bench bench;
static struct arena *arena; /* of all captures; the bench's is each judgment's own */
static struct message messages[CAPTURES];
static char listed[CAPTURES][1024]; /* "A/57909", ... as JSON */
static int64_t times[CAPTURES];
static struct rrset *key_sets[KEY_SETS_MAX];
static size_t count, key_set_count;

static void up(void)
{
    static char line[GENUINE_LINE];
    static const struct siphash_key key;
    struct rrset_list sets;

    proof_bench_up(&bench);
    bench.rules.sha1 = true;
    arena = arena_create(bench.pool, PROOF_BENCH_OCTETS);
    ck_assert_ptr_nonnull(arena);
    if (!genuine_here(FILE_NAME, "captures"))
        return;
    FILE *stream = genuine_open(FILE_NAME);
    for (count = 0; fgets(line, sizeof line, stream); count++) {
        ck_assert_uint_lt(count, CAPTURES);
        times[count] = json_number(json_member(line, "time"));
        snprintf(listed[count], sizeof *listed, "%.1000s",
                 json_member(line, "signatures_verified"));
        ck_assert_int_eq(
            message_parse(json_hex(json_member(line, "wire"), arena), arena, &messages[count]),
            ST_OK);
        ck_assert_int_eq(message_sets(&messages[count], SECTION_ANSWER, &key, arena, &sets), ST_OK);
        for (size_t i = 0; i < sets.count; i++)
            if (sets.at[i]->type == TYPE_DNSKEY && key_set_count < KEY_SETS_MAX)
                key_sets[key_set_count++] = sets.at[i];
    }
    genuine_close(stream, FILE_NAME);
    ck_assert_uint_eq(count, CAPTURES);
}

static void down(void)
{
    arena_destroy(arena);
    proof_bench_down(&bench);
}

/* ---- records ---- */

static void print_and_read_back(const struct message *message, const struct record *record)
{
    static uint8_t room[UINT16_MAX];
    static char line[LINE_OCTETS], rdata_text[TEXT_RDATA];
    char owner[NAME_TEXT], type[TYPE_TEXT], why[TEXT_WHY] = "";
    struct reader whole = reader_over(message->octets);
    struct text_record read;
    struct writer w;

    reader_take(&whole, record->rdata_at);
    struct reader part = reader_part(&whole, record->rdata_len);
    writer_init(&w, room, sizeof room);
    ck_assert_int_eq(rdata_read(&part, record->type, &w), ST_OK);
    struct bytes rdata = { room, w.len };
    snprintf(line, sizeof line, "%s %u IN %s %s", name_text(record->owner, owner, sizeof owner),
             record->ttl, type_text(record->type, type),
             text_rdata(record->type, rdata, rdata_text, sizeof rdata_text));
    ck_assert_msg(text_read_record(line, bench.arena, &read, why) == ST_OK, "%s: %s", line, why);
    ck_assert_msg(bytes_equal(read.rdata, rdata) && read.ttl == record->ttl &&
                      read.type == record->type && name_identical(&read.owner, record->owner),
                  "%s", line);
}

START_TEST(every_record_on_the_wire_prints_and_reads_back) /* RFC 1035 §5.1, RFC 3597 §5 */
{
    unsigned records = 0;

    for (size_t i = 0; i < count; i++)
        for (unsigned j = 0; j < messages[i].first[SECTIONS]; j++, records++)
            print_and_read_back(&messages[i], &messages[i].records[j]);
    ck_assert(count == 0 || records > 4 * CAPTURES);
}
END_TEST

/* ---- signatures ---- */

/* `set` with the signatures of this key tag alone; NULL: it has none. */
static struct rrset *signed_by(const struct rrset *set, unsigned tag)
{
    struct bytes rdatas[RRS_PER_RRSET_MAX], sigs[RRSIGS_PER_RRSET_MAX], rdata;
    struct name owner = rrset_owner(set);
    struct rrset_parts parts = {
        .owner = &owner, .type = set->type, .ttl = set->ttl, .rdatas = rdatas, .sigs = sigs
    };
    struct rrsig rrsig;
    struct rrset *made;

    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &rdata);)
        rdatas[parts.rr_count++] = rdata;
    for (struct rrset_walk walk = rrset_signatures(set); rrset_next(&walk, &rdata);)
        if (rrsig_parse(rdata, &rrsig) && rrsig.key_tag == tag)
            sigs[parts.sig_count++] = rdata;
    if (parts.sig_count == 0)
        return NULL;
    ck_assert_int_eq(rrset_pack(&parts, bench.arena, &made), ST_OK);
    return made;
}

/* Some captured DNSKEY set proves it at `time`. */
static bool holds(const struct rrset *set, int64_t time)
{
    bool found = false;

    for (size_t i = 0; i < key_set_count && !found; i++) {
        struct rrsig_check check = { .sig = 0 };
        struct reply_work work = { .good = 0 };
        budget_init(&bench.budget, &bench.limits);
        bench.desk.wall.s = time;
        found = rrsig_prove(&check, set, key_sets[i], &work, &bench.desk) == PROOF_GOOD;
    }
    return found;
}

/* Every set of the type with a signature of the tag holds, and there is one; none of them holds
 * with a bit of its rdata changed. */
static unsigned verify_listed(const struct message *message, uint16_t type, unsigned tag,
                              int64_t time)
{
    static const struct siphash_key key;
    struct rrset_list sets;
    unsigned held = 0;

    for (unsigned section = 0; section < SECTIONS; section++) {
        ck_assert_int_eq(message_sets(message, (enum section)section, &key, bench.arena, &sets),
                         ST_OK);
        for (size_t i = 0; i < sets.count; i++) {
            struct rrset *set = sets.at[i]->type == type ? signed_by(sets.at[i], tag) : NULL;
            if (!set || !holds(set, time))
                continue;
            held++;
            ck_assert(!holds(set, time + 10 * 366 * 86400));
            set->octets[set->owner_len + 2] ^= 1;
            ck_assert(!holds(set, time));
        }
    }
    return held;
}

START_TEST(the_signatures_whose_keys_were_captured_verify) /* RFC 4035 §5.3 */
{
    unsigned verified = 0;

    for (size_t i = 0; i < count; i++) {
        for (const char *at = json_first(listed[i]); at; at = json_next(at)) {
            char text[64], *slash;
            uint16_t type;
            json_text(at, text, sizeof text);
            slash = strchr(text, '/');
            ck_assert_ptr_nonnull(slash);
            *slash = '\0';
            ck_assert(type_from_text(text, &type));
            unsigned tag = (unsigned)strtoul(slash + 1, NULL, 10);
            proof_bench_job(&bench);
            ck_assert_msg(verify_listed(&messages[i], type, tag, times[i]) > 0, "%zu: %s %u", i,
                          text, tag);
            verified++;
        }
    }
    ck_assert(count == 0 || verified == VERIFIED);
}
END_TEST

Suite *data_captures_suite(void)
{
    Suite *suite = suite_create("data/captures");
    TCase *captures = tcase_create("captures");

    tcase_add_checked_fixture(captures, up, down);
    tcase_add_test(captures, every_record_on_the_wire_prints_and_reads_back);
    tcase_add_test(captures, the_signatures_whose_keys_were_captured_verify);
    suite_add_tcase(suite, captures);
    return suite;
}
