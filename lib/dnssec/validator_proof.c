#include "lib/dnssec/validator_parts.h"
#include "lib/wire/type.h"

enum {
    SOA_NUMBERS = 20,
    SOA_OCTETS_MIN = 2 + SOA_NUMBERS,
    KEYS_OCTETS_MAX = 16384 /* of a DNSKEY set that is looked through without being paid for */
};

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* ---- sets known from the cache ---- */

/* What the RRSIGs of a set known to be secure say, taken together. */
struct tally {
    struct name signer;
    unsigned labels;  /* the least */
    uint32_t ttl_max; /* the least of those that still run */
    bool running;
};

/* RFC 4034 §3.1.5: serial numbers. */
static void tally_add(struct tally *tally, const struct rrsig *sig, struct unixtime wall)
{
    int32_t left = (int32_t)(sig->expiration - (uint32_t)wall.s);
    if (sig->labels < tally->labels)
        tally->labels = sig->labels;
    if (left <= 0)
        return;
    tally->ttl_max = least(tally->ttl_max, least((uint32_t)left, sig->original_ttl));
    tally->running = true;
}

/* Which of several RRSIGs was the one that held is not known any more, hence all must be of one
 * signer and the least of each counts. */
static bool tally_signatures(const struct rrset *set, struct unixtime wall, struct tally *tally)
{
    struct rrsig sig;
    struct bytes rdata;

    *tally = (struct tally){ .labels = UINT8_MAX, .ttl_max = UINT32_MAX };
    for (struct rrset_walk walk = rrset_signatures(set); rrset_next(&walk, &rdata);) {
        if (!rrsig_parse(rdata, &sig))
            return false;
        if (tally->signer.len == 0)
            tally->signer = sig.signer;
        if (!name_equal(&sig.signer, &tally->signer))
            return false;
        tally_add(tally, &sig, wall);
    }
    return tally->running;
}

/* One that could verify this RRSIG if it were tried. */
static bool has_key(const struct rrset *keys, const struct rrsig *sig,
                    const struct proof_desk *desk)
{
    struct bytes rdata;
    struct dnskey key;

    if (!rules_allow_algorithm(desk->rules, keyring_crypto(desk->keyring), &sig->signer,
                               sig->algorithm))
        return false;
    for (struct rrset_walk walk = rrset_records(keys); rrset_next(&walk, &rdata);)
        if (dnskey_parse(rdata, &key) && key.algorithm == sig->algorithm &&
            key.tag == sig->key_tag && (key.flags & DNSKEY_ZONE) != 0 &&
            (key.flags & DNSKEY_REVOKE) == 0)
            return true;
    return false;
}

/* What was proven by a key that is gone, stolen perhaps, is not proven any more. A set of keys too
 * large to walk through for nothing is not walked through here. */
static bool by_todays_keys(const struct rrset *set, const struct rrset *keys,
                           const struct proof_desk *desk)
{
    struct rrsig sig;
    struct bytes rdata;

    if (keys->size > KEYS_OCTETS_MAX)
        return false;
    for (struct rrset_walk walk = rrset_signatures(set); rrset_next(&walk, &rdata);)
        if (!rrsig_parse(rdata, &sig) || !has_key(keys, &sig, desk))
            return false;
    return true;
}

enum arrival validator_arrived(const struct validator *v, const struct rrset *set,
                               const struct proof_desk *desk, struct rrsig_check *check,
                               unsigned *zone)
{
    struct name owner = rrset_owner(set);
    struct tally tally;

    if (!tally_signatures(set, desk->wall, &tally) || tally.labels > rrsig_owner_labels(&owner))
        return ARRIVED_NOT;
    if (!name_under(&tally.signer, &v->input.zone) || !name_under(&owner, &tally.signer) ||
        (set->type == TYPE_DS && !name_strictly_under(&owner, &tally.signer)))
        return ARRIVED_NOT;
    const struct zone_keys *keys = v->known[tally.signer.labels];
    *zone = tally.signer.labels;
    if (keys == NULL)
        return ARRIVED_NEEDS_KEYS;
    if (keys->state != ZONE_SECURE || !by_todays_keys(set, keys->keys, desk))
        return ARRIVED_NOT;
    *check = (struct rrsig_check){ .labels = (uint8_t)tally.labels, .ttl_max = tally.ttl_max };
    return ARRIVED;
}

/* ---- one set ---- */

/* RFC 2308 §5: a denial lives no longer than the SOA's last number says; nor does that SOA. */
static uint32_t soa_minimum(const struct rrset *set)
{
    struct bytes rdata = rrset_rdata(set, 0);
    if (rdata.len < SOA_OCTETS_MIN)
        return 0;
    struct reader r = reader_over((struct bytes){ rdata.at + rdata.len - 4, 4 });
    return reader_u32(&r);
}

/* Beside the keys of the zone that signed it. What was known before has no end here. */
static void note_end(struct validator *v, const struct rrset *set, const struct rrsig_check *check)
{
    struct zone_keys *keys = v->known[check == &v->proofs.check ? v->proofs.zone : v->zone];
    struct signature_end end = { check->expires, set->type, check->key_tag };

    if (keys != NULL)
        (void)signature_end_lower(&keys->first_end, &end);
}

void validator_settle(struct validator *v, struct rrset *set, enum security security,
                      const struct rrsig_check *check)
{
    set->security = (uint8_t)security;
    if (security <= SEC_BOGUS)
        return;
    if (security == SEC_SECURE) {
        set->rank = RANK_VALIDATED;
        set->ttl = least(set->ttl, check->ttl_max);
        note_end(v, set, check);
    }
    if (validator_is_negative(v) && set->type == TYPE_SOA)
        set->ttl = least(set->ttl, soa_minimum(set));
    v->verdict.ttl_s = least(v->verdict.ttl_s, set->ttl);
}

/* ---- the sets of authority ---- */

/* Does this set take part? NSEC and NSEC3 beyond the limit do not (LIMITS D4). */
static bool takes_part(const struct validator *v, const struct rrset *set,
                       const struct proof_desk *desk)
{
    const struct validator_proofs *proofs = &v->proofs;
    if (set->type == TYPE_SOA)
        return validator_is_negative(v) && rrset_owner_is(set, &v->known[proofs->zone]->zone);
    return (set->type == TYPE_NSEC || set->type == TYPE_NSEC3) &&
           proofs->seen < desk->rules->limits->denial_records && proofs->seen < DENIAL_RECORDS_MAX;
}

static enum proof prove_one(struct validator *v, struct rrset *set, struct proof_desk *desk)
{
    struct validator_proofs *proofs = &v->proofs;
    unsigned zone;

    if (set->security == SEC_SECURE) {
        if (validator_arrived(v, set, desk, &proofs->check, &zone) == ARRIVED &&
            zone == proofs->zone) {
            metrics_add(&desk->metrics->verifications_saved, 1);
            return PROOF_GOOD;
        }
        set->security = SEC_UNCHECKED; /* not by this zone's keys: proven as if it came new, once */
        proofs->check = (struct rrsig_check){ .sig = 0 };
    }
    proofs->check.wanted = v->known[proofs->zone]->algorithms;
    return rrsig_prove(&proofs->check, set, v->known[proofs->zone]->keys, &v->reply, desk);
}

/* An NSEC at a name that a wildcard stands for is signed as the wildcard's: it says nothing about
 * that name (RFC 4035 §5.4, LIMITS C5). */
static void keep(struct validator *v, struct rrset *set)
{
    struct validator_proofs *proofs = &v->proofs;
    struct name owner = rrset_owner(set);

    if (proofs->check.labels < rrsig_owner_labels(&owner)) {
        validator_settle(v, set, SEC_BOGUS, NULL);
        if (proofs->fault.why == WHY_NONE)
            proofs->fault = validator_cause(WHY_LABELS_WRONG, &owner, set->type);
        return;
    }
    validator_settle(v, set, SEC_SECURE, &proofs->check);
    if (set->type != TYPE_SOA)
        proofs->sets[proofs->count++] = set;
}

/* What was refused before any signature was tried cost nothing and takes nobody's place. */
static void conclude_one(struct validator *v, struct rrset *set, enum proof proof)
{
    struct validator_proofs *proofs = &v->proofs;

    if (set->type != TYPE_SOA && (proof == PROOF_GOOD || proofs->check.sigs_tried > 0))
        proofs->seen++;
    if (proof == PROOF_GOOD) {
        keep(v, set);
        return;
    }
    validator_settle(v, set, SEC_BOGUS, NULL);
    if (proofs->fault.why == WHY_NONE || set->type == TYPE_SOA)
        proofs->fault = proofs->check.cause;
}

enum proof validator_prove_authority(struct validator *v, unsigned labels, struct proof_desk *desk)
{
    struct validator_proofs *proofs = &v->proofs;

    if (!proofs->begun || proofs->zone != labels)
        *proofs = (struct validator_proofs){ .begun = true, .zone = labels };
    for (; proofs->at < v->input.authority_count; proofs->at++) {
        struct rrset *set = v->input.authority[proofs->at];
        if (!takes_part(v, set, desk))
            continue;
        enum proof proof = prove_one(v, set, desk);
        if (proof == PROOF_CONTINUE || proof == PROOF_SPENT)
            return proof;
        conclude_one(v, set, proof);
        proofs->check = (struct rrsig_check){ .sig = 0 };
        if (proof == PROOF_FAILED && set->type == TYPE_SOA)
            return PROOF_FAILED;
    }
    return PROOF_GOOD;
}

void validator_ask_denial(struct validator *v, enum denial_question question,
                          struct proof_desk *desk, struct denial_output *output)
{
    struct denial_input input = {
        .question = question,
        .zone = &v->known[v->proofs.zone]->zone,
        .name = &v->input.qname,
        .type = v->input.qtype,
        .wildcard_labels = v->check.labels,
        .sets = v->proofs.sets,
        .count = v->proofs.count,
        .hashes = v->input.hashes != NULL ? v->input.hashes : &v->own_hashes,
    };
    denial_judge(&input, desk, output);
    /* RFC 9276 §3.2: that the iterations are too many is believed of no reply with a false or
     * unsigned record in it (RULINGS A14). */
    if (output->why == WHY_NSEC3_ITERATIONS && v->proofs.fault.why != WHY_NONE) {
        output->answer = DENIAL_UNPROVEN;
        output->why = v->proofs.fault.why;
    }
}
