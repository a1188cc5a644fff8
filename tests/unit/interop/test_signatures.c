/* Random RRsets of all types and algorithms, signed by tests/support/sign, a third of them then
 * broken: rrsig_prove and ldns must be of one mind (RFC 4034 §3.1.8.1, §6; RFC 4035 §5.3). */
#include "lib/dnssec/rrsig.h"
#include "tests/unit/dnssec/proof_test.h"
#include "tests/unit/interop/oracle.h"

enum { ROUNDS = 600, SEEDS = 10, KEYS = 2, RECORDS_MAX = 4, LINES = 4096 };
enum { FIELD_LABELS = 3, FIELD_TTL = 4, FIELD_EXPIRATION = 8, FIELD_TAG = 16, FIELD_SIGNER = 18 };

static struct prng prng;

/* ---- random records ----
 * In rdata: %N name, %B octet, %S 16 bits, %L 32 bits, %X 32
 * octets in hex, %T letters ---- */

static const struct form {
    const char *type, *rdata;
    unsigned most; /* records of a set */
} forms[] = {
    { "A", "%B.%B.%B.%B", 4 },
    { "AAAA", "2001:db8::%B:%B", 4 },
    { "NS", "%N", 4 },
    { "CNAME", "%N", 1 },
    { "DNAME", "%N", 1 },
    { "PTR", "%N", 2 },
    { "SOA", "%N %N %L %L %L %L %L", 1 },
    { "MX", "%S %N", 4 },
    { "TXT", "\"%T\" \"%T\"", 3 },
    { "HINFO", "\"%T\" \"%T\"", 2 },
    { "RP", "%N %N", 2 },
    { "AFSDB", "%S %N", 2 },
    { "SRV", "%S %S %S %N", 3 },
    { "NAPTR", "%S %S \"u\" \"%T\" \"\" %N", 2 },
    { "KX", "%S %N", 2 },
    { "DS", "%S 13 2 %X", 2 },
    { "SSHFP", "4 2 %X", 2 },
    { "TLSA", "3 1 1 %X", 2 },
    { "SMIMEA", "3 1 1 %X", 2 },
    { "CDS", "%S 13 2 %X", 2 },
    { "SVCB", "%S %N", 2 },
    { "HTTPS", "%S %N", 2 },
    { "URI", "%S %S \"x%T\"", 2 },
    { "CAA", "0 issue \"%T\"", 3 },
    { "TYPE65280", "\\# 32 %X", 3 },
    { "NSEC", "%N A MX RRSIG NSEC TYPE1234", 1 },
    { "OPENPGPKEY", "AQIDBAUGBwg=", 1 },
    { "EUI48", "00-11-22-33-44-55", 1 },
};

static size_t put_random(char kind, char *into, size_t size)
{
    char text[NAME_TEXT];
    struct name name;
    size_t len = 0;
    switch (kind) {
    case 'N':
        name = oracle_name(&prng, prng_below(&prng, 2) == 0 ? &name_root : &zone, 3);
        return (size_t)snprintf(into, size, "%s", name_text(&name, text, sizeof text));
    case 'B': return (size_t)snprintf(into, size, "%u", prng_below(&prng, 256));
    case 'S': return (size_t)snprintf(into, size, "%u", (unsigned)prng_u16(&prng));
    case 'L': return (size_t)snprintf(into, size, "%u", prng_u32(&prng));
    case 'X':
        while (len < 64)
            len += (size_t)snprintf(into + len, size - len, "%08X", prng_u32(&prng));
        return len;
    case 'T':
        for (uint32_t letters = prng_below(&prng, 9); len < letters; len++)
            into[len] = (char)('A' + (int)prng_below(&prng, 58) % 26);
        return len;
    default: ck_abort_msg("no such kind: %c", kind);
    }
}

static struct rrset *random_set(const struct name *owner)
{
    const struct form *form = &forms[prng_below(&prng, ROWS(forms))];
    char lines[LINES], text[NAME_TEXT];
    size_t len = 0;
    for (uint32_t left = 1 + prng_below(&prng, form->most); left > 0; left--) {
        len += (size_t)snprintf(lines + len, sizeof lines - len, "%s 300 IN %s ",
                                name_text(owner, text, sizeof text), form->type);
        for (const char *at = form->rdata; *at != '\0'; at++)
            if (*at == '%')
                len += put_random(*++at, lines + len, sizeof lines - len);
            else
                lines[len++] = *at;
        lines[len++] = '\n';
    }
    lines[len] = '\0';
    return sign_text(lines, bench.arena);
}

/* ---- one case ---- */

struct trial {
    struct rrset *set;  /* with one or two RRSIGs */
    struct rrset *keys; /* the zone's DNSKEY set */
    struct unixtime wall;
};

/* The same set with other parts; rdata and signatures are copied. */
static struct rrset *repack(const struct rrset *set, const struct name *owner, uint16_t type,
                            const struct bytes *rdatas)
{
    struct bytes own[RECORDS_MAX], sigs[RECORDS_MAX];
    struct rrset_parts parts = { .owner = owner, .type = type, .ttl = set->ttl };
    struct rrset_walk walk = rrset_records(set);
    while (rrset_next(&walk, &own[parts.rr_count]))
        parts.rr_count++;
    walk = rrset_signatures(set);
    while (rrset_next(&walk, &sigs[parts.sig_count]))
        parts.sig_count++;
    parts.rdatas = rdatas != NULL ? rdatas : own;
    parts.sigs = sigs;
    struct rrset *packed;
    ck_assert(rrset_pack(&parts, bench.arena, &packed) == ST_OK);
    return packed;
}

static uint8_t one_bit(void)
{
    return (uint8_t)(1u << prng_below(&prng, 8));
}

static uint8_t *within(struct rrset *set, struct bytes part)
{
    return set->octets + (part.at - set->octets);
}

/* Changes octet `at` of the first RRSIG, or one of its signature where `at` lies beyond. */
static void change_signature(struct trial *trial, size_t at, uint8_t bits)
{
    struct rrset_walk walk = rrset_signatures(trial->set);
    struct bytes rdata;
    ck_assert(rrset_next(&walk, &rdata));
    if (at >= rdata.len)
        at = rdata.len - 1 - prng_below(&prng, 30);
    within(trial->set, rdata)[at] ^= bits;
}

enum fault {
    FINE,
    OTHER_CASE, /* lawful: names compare without case (RFC 4343) */
    EXPANDED,   /* lawful: what a wildcard is expanded to (RFC 4035 §5.3.2) */
    BIT_OF_RDATA,
    BIT_OF_SIGNATURE,
    BIT_OF_KEY,
    OWNER,
    TYPE,
    LABELS,
    TTL_OF_RRSIG,
    TAG,
    ALGORITHM,
    SIGNER,
    TOO_EARLY,
    TOO_LATE,
    FAULTS
};

static const char *const fault_names[FAULTS] = {
    "as signed",      "other case",   "from a wildcard", "bit of rdata",     "bit of signature",
    "bit of the key", "other owner",  "other type",      "other labels",     "other original TTL",
    "other key tag",  "other number", "other signer",    "before inception", "after expiration"
};

static void break_rdata(struct trial *trial)
{
    struct name owner = rrset_owner(trial->set);
    struct bytes rdatas[RECORDS_MAX];
    for (unsigned tries = 0; tries < 64; tries++) {
        for (unsigned i = 0; i < trial->set->rr_count; i++)
            rdatas[i] = rrset_rdata(trial->set, i);
        struct bytes *which = &rdatas[prng_below(&prng, trial->set->rr_count)];
        uint8_t *other = arena_copy(bench.arena, which->at, which->len);
        other[prng_below(&prng, (uint32_t)which->len)] ^= one_bit();
        which->at = other;
        struct rrset *changed = repack(trial->set, &owner, trial->set->type, rdatas);
        if (!rrset_is_sound(changed, changed->size))
            continue;
        trial->set = changed;
        return;
    }
}

static void break_key(struct trial *trial)
{
    for (unsigned i = 0; i < trial->keys->rr_count; i++) { /* both may have signed */
        struct bytes rdata = rrset_rdata(trial->keys, i);
        size_t at = rdata.len - 1 - prng_below(&prng, 8);
        within(trial->keys, rdata)[at] ^= one_bit();
    }
}

static void change_owner(struct trial *trial, enum fault fault)
{
    struct name owner = rrset_owner(trial->set);
    struct name before = owner;
    if (fault == OWNER)
        while (name_equal(&owner, &before))
            owner = oracle_child(&prng, &zone);
    else
        for (unsigned i = 0; i < owner.len; i++)
            if ((owner.octets[i] | 0x20) >= 'a' && (owner.octets[i] | 0x20) <= 'z')
                owner.octets[i] ^= 0x20;
    trial->set = repack(trial->set, &owner, trial->set->type, NULL);
}

static void break_trial(struct trial *trial, enum fault fault)
{
    struct name owner = rrset_owner(trial->set);
    switch (fault) {
    case OTHER_CASE:
    case OWNER: change_owner(trial, fault); break;
    case BIT_OF_RDATA: break_rdata(trial); break;
    case BIT_OF_SIGNATURE: change_signature(trial, SIZE_MAX, one_bit()); break;
    case BIT_OF_KEY: break_key(trial); break;
    case TYPE: trial->set = repack(trial->set, &owner, 65281, NULL); break;
    case LABELS: change_signature(trial, FIELD_LABELS, 1); break;
    case TTL_OF_RRSIG: change_signature(trial, FIELD_TTL + 3, one_bit()); break;
    case TAG: change_signature(trial, FIELD_TAG, one_bit()); break;
    case ALGORITHM: change_signature(trial, 2, 2); break;
    case SIGNER: change_signature(trial, FIELD_SIGNER + 2, 1); break;
    case TOO_EARLY: trial->wall.s -= 20000; break;
    case TOO_LATE: trial->wall.s += 20000; break;
    default: break;
    }
}

static void make_trial(struct trial *trial, enum fault fault)
{
    static const uint8_t algorithms[] = { 5, 7, 8, 10, 13, 14, 15, 16 };
    struct sign_key keys[KEYS];
    struct sign_with with[KEYS];
    for (unsigned i = 0; i < KEYS; i++) {
        uint8_t algorithm = algorithms[prng_below(&prng, ROWS(algorithms))];
        keys[i] = sign_key(signer, algorithm, i, SIGN_ZSK);
        with[i] = (struct sign_with){ .key = &keys[i],
                                      .zone = &zone,
                                      .inception = PROOF_BENCH_WALL - 10000,
                                      .expiration = PROOF_BENCH_WALL + 10000 };
    }
    struct name owner = oracle_name(&prng, &zone, 3), wild;
    ck_assert(name_wildcard(&owner, &wild) == ST_OK);
    trial->wall = (struct unixtime){ PROOF_BENCH_WALL };
    trial->keys = sign_dnskey_set(&zone, keys, KEYS, bench.arena);
    size_t count = fault == FINE ? KEYS : 1;
    trial->set = sign_set(random_set(fault == EXPANDED ? &wild : &owner), with, count, bench.arena);
    if (fault == EXPANDED) {
        struct name expanded = oracle_child(&prng, &owner);
        trial->set = sign_at(trial->set, &expanded, bench.arena);
    }
    break_trial(trial, fault);
}

/* ---- the two judges ---- */

static bool we_hold_it_good(const struct trial *trial)
{
    struct rrsig_check check = { .sig = 0 };
    struct reply_work work = { .good = 0 };
    bench.desk.wall = trial->wall;
    enum proof proof = rrsig_prove(&check, trial->set, trial->keys, &work, &bench.desk);
    ck_assert(proof == PROOF_GOOD || proof == PROOF_FAILED);
    return proof == PROOF_GOOD;
}

static bool ldns_holds_it_good(const struct trial *trial)
{
    ldns_rr_list *records = ldns_rr_list_new(), *keys = ldns_rr_list_new();
    ldns_rr_list *signatures = ldns_rr_list_new();
    bool good = false;
    oracle_add_records(records, trial->set);
    oracle_add_signatures(signatures, trial->set);
    oracle_add_records(keys, trial->keys);
    for (size_t i = 0; i < ldns_rr_list_rr_count(signatures) && !good; i++)
        good = ldns_verify_rrsig_keylist_time(records, ldns_rr_list_rr(signatures, i), keys,
                                              trial->wall.s, NULL) == LDNS_STATUS_OK;
    ldns_rr_list_deep_free(signatures);
    ldns_rr_list_deep_free(records);
    ldns_rr_list_deep_free(keys);
    return good;
}

/* ldns does not ask whose signature may stand over a DS: never the zone's own at its apex (RFC 4035
 * §3.1.4.1, LIMITS C4). tests/interop/README.md, 1. */
static bool is_ds_of_itself(const struct trial *trial)
{
    return trial->set->type == TYPE_DS && rrset_owner_is(trial->set, &zone);
}

static void set_up(void)
{
    proof_up("Interop.Example.");
    bench.rules.sha1 = true;
    bench.rules.inception_skew_s = 0; /* as ldns */
}

START_TEST(every_signature_is_judged_as_ldns_judges_it)
{
    unsigned counts[FAULTS][2] = { { 0 } }, explained = 0;
    prng_seed_number(&prng, 1000 + (uint64_t)_i);
    for (unsigned round = 0; round < oracle_rounds(ROUNDS); round++) {
        struct trial trial;
        char text[NAME_TEXT], type[TYPE_TEXT];
        enum fault fault = prng_below(&prng, 3) > 0
                               ? prng_below(&prng, BIT_OF_RDATA)
                               : BIT_OF_RDATA + prng_below(&prng, FAULTS - BIT_OF_RDATA);
        proof_bench_job(&bench);
        make_trial(&trial, fault);
        bool ours = we_hold_it_good(&trial), theirs = ldns_holds_it_good(&trial);
        struct name owner = rrset_owner(trial.set);
        if (is_ds_of_itself(&trial)) {
            ck_assert(!ours);
            explained += theirs;
            continue;
        }
        ck_assert_msg(ours == theirs, "round %u, %s: %s %s: we say %d, ldns %d", round,
                      fault_names[fault], name_text(&owner, text, sizeof text),
                      type_text(trial.set->type, type), ours, theirs);
        counts[fault][ours]++;
    }
    printf("signatures: %u of a DS at its own apex, good for ldns alone\n", explained);
    for (unsigned i = 0; i < FAULTS; i++) {
        printf("signatures, %s: %u good, %u refused\n", fault_names[i], counts[i][1], counts[i][0]);
        bool good = counts[i][1] > 0, refused = counts[i][0] > 0;
        bool lawful = i < BIT_OF_RDATA, either = i == BIT_OF_RDATA; /* the case of a name in it */
        ck_assert_msg(either ? refused : good == lawful && refused != lawful, "%s", fault_names[i]);
    }
}
END_TEST

Suite *interop_signatures_suite(void)
{
    Suite *suite = suite_create("interop/signatures");
    TCase *tcase = tcase_create("ldns");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, proof_down);
    tcase_add_loop_test(tcase, every_signature_is_judged_as_ldns_judges_it, 0, SEEDS);
    suite_add_tcase(suite, tcase);
    return suite;
}
