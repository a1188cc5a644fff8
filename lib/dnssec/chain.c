#include "lib/dnssec/chain.h"

#include "lib/crypto/algorithm.h"
#include "lib/crypto/verify.h"
#include "lib/wire/type.h"

enum { CHAIN_OWNER_TEXT = 160 };

/* What names a key of the zone: an anchor's DNSKEY, or a DS. */
struct pointer {
    bool by_key;
    struct dnskey anchor;
    struct ds ds;
    uint16_t tag;
    uint8_t algorithm;
};

struct run {
    struct chain_link *link;
    const struct chain_input *input;
    struct proof_desk *desk;
    struct zone_keys *result;
    bool beyond_sha1; /* RFC 4509 §3 */
    bool limited;     /* LIMITS D2: some were not followed */
};

bool signature_end_lower(struct signature_end *end, const struct signature_end *other)
{
    if (other->at.s == 0 || (end->at.s != 0 && other->at.s >= end->at.s))
        return false;
    *end = *other;
    return true;
}

/* ---- how it ends ---- */

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static enum proof conclude(struct run *run, enum zone_state state, uint32_t ttl_s)
{
    run->result->state = state;
    run->result->ttl_s = ttl_s;
    run->result->cause = run->link->cause;
    return state == ZONE_SPENT ? PROOF_SPENT : PROOF_GOOD;
}

/* RFC 4035 §5.3.3: the keys live no longer than their set, its signature and the DS allow. */
static enum proof conclude_secure(struct run *run)
{
    const struct chain_input *input = run->input;
    uint32_t ttl = least(input->dnskeys->ttl, run->link->ttl_max);
    struct rrset *keys;
    if (input->ds != NULL)
        ttl = least(ttl, input->ds->ttl);
    if (rrset_copy(input->dnskeys, run->desk->arena, &keys) != ST_OK) {
        run->link->cause = cause_of(WHY_NO_MEMORY);
        return conclude(run, ZONE_SPENT, 0);
    }
    keys->security = SEC_SECURE;
    keys->ttl = ttl;
    run->result->keys = keys;
    run->result->first_end = run->link->first_end;
    if (run->desk->rules->strict_algorithms)
        run->result->algorithms = run->link->held;
    run->link->cause = cause_of(WHY_SECURE);
    return conclude(run, ZONE_SECURE, ttl);
}

/* "example. DNSKEY, key 1234, RSASHA256". The first cause stays, but for a mere absence. */
static void note(struct run *run, enum why why, const struct pointer *pointer)
{
    char owner[CHAIN_OWNER_TEXT], algorithm[32];
    struct cause *cause = &run->link->cause;
    if (cause->why != WHY_NONE && cause->why != WHY_DNSKEY_MISSING)
        return;
    *cause = cause_of(why);
    cause->type = TYPE_DNSKEY;
    cause->key_tag = pointer->tag;
    cause->algorithm = pointer->algorithm;
    cause_detail(cause, "%s DNSKEY, key %u, %s", name_text(run->input->zone, owner, sizeof owner),
                 (unsigned)pointer->tag, algorithm_text(pointer->algorithm, algorithm));
}

/* A signature's refusal says more than the absence of one. A set without any is told from one that
 * other keys sign: RFC 8914 §4.11 and §4.10. */
static void note_refusal(struct run *run, const struct pointer *pointer)
{
    struct chain_link *link = run->link;
    bool bare = run->input->dnskeys->sig_count == 0;
    bool weak = link->cause.why == WHY_NONE || link->cause.why == WHY_DNSKEY_MISSING ||
                link->cause.why == WHY_DNSKEY_UNSIGNED;
    if (link->check.cause.why == WHY_RRSIG_MISSING)
        note(run, bare ? WHY_DNSKEY_RRSIG_MISSING : WHY_DNSKEY_UNSIGNED, pointer);
    else if (weak)
        link->cause = link->check.cause;
}

/* ---- one pointer ---- */

/* `type`: DNSKEY (an anchor) or DS. False: it cannot be used here. */
static bool pointer_read(const struct run *run, uint16_t type, struct bytes rdata,
                         struct pointer *pointer)
{
    const struct proof_desk *desk = run->desk;
    *pointer = (struct pointer){ .by_key = type == TYPE_DNSKEY };
    if (pointer->by_key) {
        if (!dnskey_parse(rdata, &pointer->anchor))
            return false;
        pointer->tag = pointer->anchor.tag;
        pointer->algorithm = pointer->anchor.algorithm;
        return rules_allow_algorithm(desk->rules, keyring_crypto(desk->keyring), run->input->zone,
                                     pointer->algorithm);
    }
    if (!ds_parse(rdata, &pointer->ds))
        return false;
    pointer->tag = pointer->ds.key_tag;
    pointer->algorithm = pointer->ds.algorithm;
    return ds_usable(&pointer->ds, run->input->zone, desk) &&
           !(run->beyond_sha1 && pointer->ds.digest_type == DS_SHA1);
}

static enum proof afford(struct run *run, uint32_t units)
{
    enum proof proof = rules_afford(run->desk, units);
    if (proof == PROOF_SPENT)
        run->link->check.cause = cause_of(WHY_VALIDATION_LIMIT);
    return proof;
}

/* GOOD: `pointer` names `key`. Digesting it is paid for as what is under a signature is. */
static enum proof compare(struct run *run, const struct pointer *pointer, const struct dnskey *key)
{
    uint32_t units = pointer->by_key ? 0 : (uint32_t)key->rdata.len / DIGESTED_OCTETS;
    enum proof proof = afford(run, units);
    if (proof != PROOF_GOOD)
        return proof;
    bool named = pointer->by_key ? bytes_equal(key->rdata, pointer->anchor.rdata)
                                 : ds_matches(&pointer->ds, run->input->zone, key, run->desk);
    rules_pay(run->desk, named ? SPEND_GOOD_UNITS : SPEND_FAILED_UNITS, units);
    return named ? PROOF_GOOD : PROOF_FAILED;
}

/* The DNSKEY from run->link->key on that `pointer` names. FAILED: none, or too many misses. */
static enum proof search(struct run *run, const struct pointer *pointer, struct dnskey *key)
{
    struct chain_link *link = run->link;
    struct bytes rdata;
    unsigned index = 0;
    struct rrset_walk walk = rrset_records(run->input->dnskeys);
    for (; rrset_next(&walk, &rdata); index++) {
        if (index < link->key || rdata.len < 4 || rdata.at[3] != pointer->algorithm ||
            dnskey_tag(rdata) != pointer->tag || !dnskey_parse(rdata, key))
            continue;
        link->key = (uint16_t)index;
        enum proof named = link->named ? PROOF_GOOD : compare(run, pointer, key);
        link->named = named == PROOF_GOOD;
        if (named != PROOF_FAILED)
            return named;
        link->misses = (uint8_t)(link->misses + !pointer->by_key);
        if (link->misses >= run->desk->rules->limits->ds_misses)
            break;
    }
    note(run, WHY_DNSKEY_MISSING, pointer);
    return PROOF_FAILED;
}

/* Each walk through a giant set has its price, too. */
static enum proof find_key(struct run *run, const struct pointer *pointer, struct dnskey *key)
{
    uint32_t units = run->link->named ? 0 : run->input->dnskeys->size / SEARCHED_OCTETS;
    enum proof proof = afford(run, units);
    if (proof != PROOF_GOOD)
        return proof;
    rules_pay(run->desk, SPEND_GOOD_UNITS, units);
    return search(run, pointer, key);
}

static void tell_named(const struct run *run, const struct pointer *pointer)
{
    struct trail_step step = { .kind = TRAIL_NAMED, .key_tag = pointer->tag };

    step.algorithm = pointer->algorithm;
    step.said = pointer->by_key ? "the trust anchor" : "the DS";
    trail_step(run->desk->trail, &step);
}

/* PROOF_FAILED: this pointer leads to no proof; the cause is noted. */
static enum proof follow(struct run *run, const struct pointer *pointer)
{
    struct chain_link *link = run->link;
    struct dnskey key;
    if (run->input->dnskeys == NULL) {
        note(run, WHY_DNSKEY_MISSING, pointer);
        return PROOF_FAILED;
    }
    enum proof proof = find_key(run, pointer, &key);
    if (proof != PROOF_GOOD)
        return proof;
    if ((key.flags & DNSKEY_REVOKE) != 0) { /* RFC 5011 §2.1 */
        note(run, WHY_KEY_REVOKED, pointer);
        return PROOF_FAILED;
    }
    if (verify_key_usable(run->desk->keyring, key.rdata) == VERIFY_UNSUPPORTED) {
        link->out_of_range++;
        return PROOF_FAILED;
    }
    proof = rrsig_prove_with_key(&link->check, run->input->dnskeys, &key, &link->work, run->desk);
    if (proof == PROOF_FAILED)
        note_refusal(run, pointer);
    if (proof == PROOF_GOOD)
        tell_named(run, pointer);
    return proof;
}

/* ---- all of them ---- */

/* Nothing usable was found to point to a key, or only to keys out of range (RULINGS A44): insecure.
 * One usable pointer leading nowhere is enough for bogus. RFC 4035 §5.2 takes a zone for unsigned
 * only where no algorithm of the DS set is supported, and RFC 6840 §5.11 asks for one path that
 * holds: a path whose key or signature is missing is a supported one that does not hold. Were it
 * passed over for a key out of range beside it, who takes the good key's signature out of a reply
 * would turn the zone insecure; RFC 4509 §3 ignores a weaker digest for the same reason. Where RSA
 * of 512 bits is validated such a zone is secure; here that path is no better than none. */
static enum proof conclude_unproven(struct run *run)
{
    const struct chain_input *input = run->input;
    struct chain_link *link = run->link;
    enum why why = WHY_ALGORITHM_UNSUPPORTED;
    if (run->limited || link->tried > link->out_of_range)
        return conclude(run, ZONE_BOGUS, run->desk->rules->limits->ttl_bogus_s);
    if (input->ds != NULL && link->tried == 0)
        (void)ds_set_usable(input->ds, run->desk, &why);
    link->cause = cause_of(why);
    link->cause.type = TYPE_DS;
    if (link->tried > 0)
        cause_detail(&link->cause, "key size out of range");
    return conclude(run, ZONE_INSECURE, input->ds != NULL ? input->ds->ttl : UINT32_MAX);
}

/* This pointer led to a proof. */
static void hold(struct run *run, const struct pointer *pointer)
{
    struct chain_link *link = run->link;
    struct signature_end end = { link->check.expires, TYPE_DNSKEY, link->check.key_tag };
    uint32_t before = link->held == 0 ? UINT32_MAX : link->ttl_max;
    link->ttl_max = least(before, link->check.ttl_max);
    (void)signature_end_lower(&link->first_end, &end);
    link->held |= algorithm_bit(pointer->algorithm);
}

/* Strict rules: every algorithm that was asked for led to a proof. */
static bool holds_whole(const struct run *run)
{
    const struct chain_link *link = run->link;
    return run->desk->rules->strict_algorithms && !run->limited && link->held != 0 &&
           link->held == link->asked;
}

/* The records of `set`, of which the first stands at `base` in the order of all. PROOF_FAILED: none
 * of them leads to a proof; or, under strict rules, all that lead to one are in `link->held`. */
static enum proof follow_all(struct run *run, const struct rrset *set, uint32_t base)
{
    struct chain_link *link = run->link;
    const struct limits *limits = run->desk->rules->limits;
    struct bytes rdata;
    struct pointer pointer;
    uint32_t index = base;
    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &rdata); index++) {
        if (index < link->at || !pointer_read(run, set->type, rdata, &pointer) ||
            (link->held & algorithm_bit(pointer.algorithm)) != 0)
            continue;
        run->limited = link->tried >= limits->ds_tried || link->misses >= limits->ds_misses;
        if (run->limited) {
            note(run, WHY_VALIDATION_LIMIT, &pointer);
            return PROOF_FAILED;
        }
        unsigned out_of_range = link->out_of_range;
        enum proof proof = follow(run, &pointer);
        if (link->out_of_range == out_of_range)
            link->asked |= algorithm_bit(pointer.algorithm);
        if (proof == PROOF_GOOD)
            hold(run, &pointer);
        if (proof != PROOF_FAILED && (proof != PROOF_GOOD || !run->desk->rules->strict_algorithms))
            return proof;
        link->at = index + 1;
        link->tried++;
        link->key = 0;
        link->named = false;
        link->check = (struct rrsig_check){ .sig = 0 };
    }
    return PROOF_FAILED;
}

enum proof chain_keys(struct chain_link *link, const struct chain_input *input,
                      struct proof_desk *desk, struct zone_keys *result)
{
    struct run run = { .link = link, .input = input, .desk = desk, .result = result };
    enum proof proof = PROOF_FAILED;
    *result = (struct zone_keys){ .zone = *input->zone, .state = ZONE_UNKNOWN };
    run.beyond_sha1 = input->ds != NULL && ds_set_beyond_sha1(input->ds, desk);
    if (input->anchors != NULL)
        proof = follow_all(&run, input->anchors, 0);
    if (proof == PROOF_FAILED && input->ds != NULL)
        proof = follow_all(&run, input->ds, input->anchors != NULL ? input->anchors->rr_count : 0);
    if (proof == PROOF_FAILED && holds_whole(&run))
        proof = PROOF_GOOD;

    switch (proof) {
    case PROOF_GOOD: return conclude_secure(&run);
    case PROOF_FAILED: return conclude_unproven(&run);
    case PROOF_CONTINUE: return proof;
    case PROOF_SPENT: break;
    }
    link->cause = link->check.cause;
    return conclude(&run, ZONE_SPENT, 0);
}
