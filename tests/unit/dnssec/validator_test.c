#include "tests/unit/dnssec/validator_test.h"

#include <stdio.h>

/* What the world knows of zones; any other name is NO_CUT. */
struct test_zone {
    const char *name;
    enum zone_state state;
    unsigned pair;
};
static const struct test_zone test_zones[] = {
    { ".", ZONE_SECURE, 0 },
    { "example.", ZONE_SECURE, 1 },
    { "sub.example.", ZONE_SECURE, 2 },
    { "deep.sub.example.", ZONE_SECURE, 3 },
    { "open.example.", ZONE_INSECURE, 4 },
    { "open.sub.example.", ZONE_INSECURE, 4 },
    { "bad.example.", ZONE_BOGUS, 5 },
    { "silent.example.", ZONE_UNREACHABLE, 5 },
    { "late.example.", ZONE_SPENT, 5 },
    { "far.", ZONE_INDETERMINATE, 6 },
    { "plain.", ZONE_INSECURE, 6 },
    { "other.", ZONE_SECURE, 6 },
};

struct proof_bench bench;
struct rrset *answers[ANSWERS_MAX], *authority[AUTHORITY_MAX];
struct validator_input question;
unsigned needs, yields;
char needed_names[NEEDED_NAMES];
int64_t units_a_turn;
static struct signer *signer;

void world_up(void)
{
    proof_bench_up(&bench);
    signer = signer_create();
}

void world_down(void)
{
    signer_destroy(signer);
    proof_bench_down(&bench);
}

static const struct test_zone *zone_find(const struct name *name)
{
    for (size_t i = 0; i < ROWS(test_zones); i++) {
        struct name zone = name_of(test_zones[i].name);
        if (name_equal(&zone, name))
            return &test_zones[i];
    }
    return NULL;
}

struct sign_key zone_key(const char *zone)
{
    struct name name = name_of(zone);
    const struct test_zone *row = zone_find(&name);
    return sign_key(signer, 13, row != NULL ? row->pair : 11, SIGN_ZSK);
}

/* ---- the reply ---- */

void begin(enum reply_kind kind, const char *qname, uint16_t qtype, const char *zone)
{
    limits_defaults(&bench.limits);
    proof_bench_job(&bench);
    units_a_turn = INT64_MAX;
    question = (struct validator_input){ .qname = name_of(qname),
                                         .zone = name_of(zone),
                                         .qtype = qtype,
                                         .kind = kind,
                                         .answer = answers,
                                         .authority = authority };
}

const uint32_t good_window[2] = { PROOF_BENCH_WALL - 86400, PROOF_BENCH_WALL + 86400 };
static const uint32_t expired[2] = { PROOF_BENCH_WALL - 86400, PROOF_BENCH_WALL - 3600 };

struct rrset *signed_by(const struct rrset *set, const char *zone)
{
    struct sign_key key = zone_key(zone);
    struct name name = name_of(zone);
    return sign_plain(set, &key, &name, good_window, bench.arena);
}

struct rrset *signed_late(const struct rrset *set, const char *zone)
{
    struct sign_key key = zone_key(zone);
    struct name name = name_of(zone);
    return sign_plain(set, &key, &name, expired, bench.arena);
}

struct rrset *signed_wrong(const struct rrset *set, const char *zone)
{
    struct sign_key key = zone_key(zone);
    struct name name = name_of(zone);
    struct sign_with with = { .key = &key,
                              .zone = &name,
                              .inception = good_window[0],
                              .expiration = good_window[1],
                              .odd = SIGN_ODD_SIGNATURE };
    return sign_set(set, &with, 1, bench.arena);
}

struct rrset *text(const char *lines)
{
    return sign_text(lines, bench.arena);
}

struct rrset *expanded(const char *lines, const char *zone, const char *owner)
{
    struct name name = name_of(owner);
    return sign_at(signed_by(text(lines), zone), &name, bench.arena);
}

void put_answer(struct rrset *set)
{
    ck_assert_uint_lt(question.answer_count, ANSWERS_MAX);
    answers[question.answer_count++] = set;
}

void put_authority(struct rrset *set)
{
    ck_assert_uint_lt(question.authority_count, AUTHORITY_MAX);
    authority[question.authority_count++] = set;
}

void put_soa(const char *zone)
{
    char lines[300];
    snprintf(lines, sizeof lines, "%s %d IN SOA ns.%s m.%s 1 2 3 4 %d\n", zone, SOA_TTL, zone, zone,
             SOA_MINIMUM);
    put_authority(signed_by(text(lines), zone));
}

/* The whole chain of a zone, signed; `flags` < 0: NSEC. At most `most` records. */
void put_chain(const char *lines, int flags, uint16_t iterations)
{
    static struct denial_zone zone;
    struct rrset *sets[DENIAL_NODES_MAX * 4];
    uint8_t octet = (uint8_t)(flags < 0 ? 0 : flags);
    struct denial_chain chain = { bench.keyring, "ab", iterations, octet };
    char apex[NAME_TEXT];

    denial_zone_read(lines, &zone);
    size_t count = flags < 0 ? denial_zone_nsec(&zone, bench.arena, sets)
                             : denial_zone_nsec3(&zone, &chain, bench.arena, sets);
    for (size_t i = 0; i < count; i++)
        put_authority(signed_by(sets[i], name_text(&zone.apex, apex, sizeof apex)));
}

/* ---- the judgment ---- */

struct zone_keys keys_of(const struct name *zone)
{
    const struct test_zone *row = zone_find(zone);
    struct zone_keys keys = { .zone = *zone,
                              .state = row != NULL ? row->state : ZONE_NO_CUT,
                              .ttl_s = KEYS_TTL };
    if (keys.state != ZONE_SECURE)
        return keys;
    struct sign_key key = sign_key(signer, 13, row->pair, SIGN_ZSK);
    struct rrset *set = sign_dnskey_set(zone, &key, 1, bench.arena);
    set->security = SEC_SECURE;
    keys.keys = set;
    return keys;
}

static void note_need(const struct name *zone)
{
    char name[NAME_TEXT];
    size_t len = strlen(needed_names);
    needs++;
    snprintf(needed_names + len, sizeof needed_names - len, "%s%s", len > 0 ? " " : "",
             name_text(zone, name, sizeof name));
}

const struct verdict *judge(void)
{
    struct validator *v = validator_create(&question, bench.arena);
    struct name zone;
    struct zone_keys keys;
    enum validator_step step;

    needs = yields = 0;
    needed_names[0] = '\0';
    bench.turn_units = units_a_turn;
    while ((step = validator_step(v, &bench.desk, &zone)) != VALIDATOR_DONE) {
        if (step == VALIDATOR_CONTINUE) {
            ck_assert_uint_lt(++yields, 1000);
            bench.turn_units = units_a_turn;
            continue;
        }
        note_need(&zone);
        ck_assert_uint_le(needs, question.qname.labels + 2u);
        keys = keys_of(&zone);
        validator_give(v, &keys);
    }
    return validator_verdict(v);
}

const struct verdict *expect(enum security security, enum why why)
{
    const struct verdict *verdict = judge();
    ck_assert_msg(verdict->security == security && verdict->cause.why == why,
                  "security %d, not %d; %s, not %s; asked for %s", verdict->security, security,
                  why_row(verdict->cause.why)->name, why_row(why)->name, needed_names);
    return verdict;
}
