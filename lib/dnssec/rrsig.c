#include "lib/dnssec/rrsig.h"

#include <stdio.h>

#include "lib/crypto/algorithm.h"
#include "lib/crypto/verify.h"
#include "lib/dnssec/canonical.h"
#include "lib/wire/type.h"

enum {
    DNSKEY_FIXED = 4,
    DNSSEC_PROTOCOL = 3, /* RFC 4034 §2.1.2 */
    OWNER_TEXT = 160     /* of a name in a cause; longer ones are cut */
};

/* ---- reading ---- */

bool rrsig_parse(struct bytes rdata, struct rrsig *rrsig)
{
    struct reader r = reader_over(rdata);
    *rrsig = (struct rrsig){ .rdata = rdata };
    rrsig->type_covered = reader_u16(&r);
    rrsig->algorithm = reader_u8(&r);
    rrsig->labels = reader_u8(&r);
    rrsig->original_ttl = reader_u32(&r);
    rrsig->expiration = reader_u32(&r);
    rrsig->inception = reader_u32(&r);
    rrsig->key_tag = reader_u16(&r);
    reader_plain_name(&r, &rrsig->signer);
    size_t left = reader_left(&r);
    rrsig->signature = (struct bytes){ reader_take(&r, left), left };
    return !r.failed && left > 0;
}

/* RFC 4034 §B; algorithm 1, whose tag is made otherwise, is never supported. */
uint16_t dnskey_tag(struct bytes rdata)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < rdata.len; i += 2)
        sum += (uint32_t)rdata.at[i] << 8 | rdata.at[i + 1];
    if (rdata.len % 2 == 1)
        sum += (uint32_t)rdata.at[rdata.len - 1] << 8;
    sum += sum >> 16;
    return (uint16_t)(sum & 0xFFFF);
}

bool dnskey_parse(struct bytes rdata, struct dnskey *key)
{
    if (rdata.len < DNSKEY_FIXED)
        return false;
    *key = (struct dnskey){
        .flags = (uint16_t)(rdata.at[0] << 8 | rdata.at[1]),
        .tag = dnskey_tag(rdata),
        .protocol = rdata.at[2],
        .algorithm = rdata.at[3],
        .key = { rdata.at + DNSKEY_FIXED, rdata.len - DNSKEY_FIXED },
        .rdata = rdata,
    };
    return true;
}

unsigned rrsig_owner_labels(const struct name *owner)
{
    return owner->labels - (name_is_wildcard(owner) ? 1u : 0u);
}

/* ---- what a refusal tells ---- */

/* One signature under trial. */
struct trial {
    struct rrsig_check *check;
    const struct rrset *set;
    struct reply_work *reply;
    struct proof_desk *desk;
    const struct rrset *keys;  /* the zone's, or ... */
    const struct dnskey *only; /* ... the one key that may prove it */
    struct name owner, zone;
    struct rrsig sig;
    struct bytes data; /* what it signs, once it was needed */
};

/* Of several refusals the one that says most about what to mend. */
static unsigned telling(unsigned why)
{
    static const uint8_t order[WHY_COUNT] = {
        [WHY_RRSIG_MISSING] = 1,      [WHY_RECORD_MALFORMED] = 2,   [WHY_LABELS_WRONG] = 3,
        [WHY_SIGNER_WRONG] = 4,       [WHY_KEY_MISSING] = 5,        [WHY_KEY_NOT_ZONE] = 6,
        [WHY_KEY_REVOKED] = 7,        [WHY_KEY_UNUSABLE] = 8,       [WHY_SIGNATURE_TIMES] = 9,
        [WHY_SIGNATURE_NOT_YET] = 10, [WHY_SIGNATURE_EXPIRED] = 11, [WHY_SIGNATURE_WRONG] = 12,
        [WHY_VALIDATION_LIMIT] = 13,  [WHY_NO_MEMORY] = 14,
    };
    return why < WHY_COUNT ? order[why] : 0;
}

/* The wall time that a serial number of seconds stands for: the nearest (RFC 4034 §3.1.5). */
static struct unixtime time_near(struct unixtime now, uint32_t serial)
{
    return (struct unixtime){ now.s + (int32_t)(serial - (uint32_t)now.s) };
}

/* The particular of one refusal: ", expired 20260101000000"; or nothing. */
static void particular(const struct trial *t, enum why why, char *text, size_t size)
{
    char name[OWNER_TEXT / 2], time[UNIXTIME_DIGITS];
    text[0] = '\0';
    if (why == WHY_SIGNATURE_NOT_YET) {
        (void)snprintf(text, size, ", begins %s",
                       unixtime_digits(time_near(t->desk->wall, t->sig.inception), time));
    } else if (why == WHY_SIGNATURE_EXPIRED || why == WHY_SIGNATURE_TIMES) {
        (void)snprintf(text, size, ", expired %s",
                       unixtime_digits(time_near(t->desk->wall, t->sig.expiration), time));
    } else if (why == WHY_SIGNER_WRONG) {
        (void)snprintf(text, size, ", signer %s", name_text(&t->sig.signer, name, sizeof name));
    } else if (why == WHY_RRSIG_MISSING) {
        (void)snprintf(text, size, ", not validated here");
    } else if (why == WHY_LABELS_WRONG) {
        (void)snprintf(text, size, ", %u labels", (unsigned)t->sig.labels);
    }
}

/* To the trail: this signature, or that there is none. */
static void tell(const struct trial *t, enum trail_kind kind, enum why why)
{
    struct trail_step step = { .kind = (uint8_t)kind, .why = (uint16_t)why };

    step.owner = &t->owner;
    step.type = t->set->type;
    if (t->sig.signature.len > 0) {
        step.zone = &t->sig.signer;
        step.key_tag = t->sig.key_tag;
        step.algorithm = t->sig.algorithm;
        step.inception = time_near(t->desk->wall, t->sig.inception);
        step.expiration = time_near(t->desk->wall, t->sig.expiration);
    }
    trail_step(t->desk->trail, &step);
}

/* Where other algorithms hold, the first that does not: ", none of ED25519"; or nothing. */
static void absent(const struct rrsig_check *check, char *text, size_t size)
{
    char algorithm[32];
    unsigned number = 0;
    text[0] = '\0';
    while (number < 32 && (check->wanted & ~check->held & algorithm_bit((uint8_t)number)) == 0)
        number++;
    if (check->held != 0 && number < 32)
        (void)snprintf(text, size, ", none of %s", algorithm_text((uint8_t)number, algorithm));
}

/* "www.example. A, key 1234, expired 20260101000000, RSASHA256"; only the set without signature. */
static void note(struct trial *t, enum why why)
{
    struct cause *cause = &t->check->cause;
    char owner[OWNER_TEXT], type[TYPE_TEXT], algorithm[32], more[OWNER_TEXT];
    if (telling(why) <= telling(cause->why))
        return;
    if (t->desk->trail)
        tell(t, TRAIL_REFUSED, why);
    *cause = cause_of(why);
    cause->type = t->set->type;
    (void)name_text(&t->owner, owner, sizeof owner);
    (void)type_text(t->set->type, type);
    if (t->sig.signature.len == 0) {
        absent(t->check, more, sizeof more);
        cause_detail(cause, "%s %s%s", owner, type, more);
        return;
    }
    cause->key_tag = t->sig.key_tag;
    cause->algorithm = t->sig.algorithm;
    particular(t, why, more, sizeof more);
    cause_detail(cause, "%s %s, key %u%s, %s", owner, type, (unsigned)t->sig.key_tag, more,
                 algorithm_text(t->sig.algorithm, algorithm));
}

static enum proof refused(struct trial *t, enum proof proof, enum why why)
{
    note(t, why);
    return proof;
}

/* ---- before any key ---- */

/* SPEC V12: at most a tenth of the time that the signature was made for. */
static uint32_t expiration_skew_s(const struct rrsig *sig, const struct proof_desk *desk)
{
    uint32_t tenth_s = (sig->expiration - sig->inception) / 10;
    return tenth_s < desk->rules->expiration_skew_s ? tenth_s : desk->rules->expiration_skew_s;
}

/* RFC 4035 §5.3.1, RFC 1982: serial numbers, so that 2106 is a day like any other. At both ends the
 * second itself is still within. */
static enum why times_refuse(const struct rrsig *sig, const struct proof_desk *desk)
{
    uint32_t now = (uint32_t)desk->wall.s;
    if ((int32_t)(sig->expiration - sig->inception) < 0)
        return WHY_SIGNATURE_TIMES;
    if ((int64_t)(int32_t)(sig->inception - now) > desk->rules->inception_skew_s)
        return WHY_SIGNATURE_NOT_YET;
    if ((int64_t)(int32_t)(now - sig->expiration) > expiration_skew_s(sig, desk))
        return WHY_SIGNATURE_EXPIRED;
    return WHY_NONE;
}

/* Only the zone that holds the set may sign it: a DS lies in the parent (RFC 4035 §5.2), an NSEC3
 * one label below its zone's apex (RFC 5155 §3, LIMITS C3). */
static bool signer_fits(const struct trial *t)
{
    struct name parent = name_parent(&t->owner);
    if (!name_equal(&t->sig.signer, &t->zone) || !name_under(&t->owner, &t->zone))
        return false;
    if (t->set->type == TYPE_DS)
        return name_strictly_under(&t->owner, &t->zone);
    return t->set->type != TYPE_NSEC3 || name_equal(&parent, &t->zone);
}

/* LIMITS C1: labels(signer) <= Labels <= labels(owner), or a wildcard above the zone would hold. */
static bool labels_fit(const struct trial *t)
{
    return t->zone.labels <= t->sig.labels && t->sig.labels <= rrsig_owner_labels(&t->owner);
}

/* Cheapest first; WHY_NONE: keys may be looked for. */
static enum why refuse(const struct trial *t)
{
    const struct proof_desk *desk = t->desk;
    if (t->sig.type_covered != t->set->type)
        return WHY_RECORD_MALFORMED;
    if (!signer_fits(t))
        return WHY_SIGNER_WRONG;
    if (!labels_fit(t))
        return WHY_LABELS_WRONG;
    if (!rules_allow_algorithm(desk->rules, keyring_crypto(desk->keyring), &t->zone,
                               t->sig.algorithm))
        return WHY_RRSIG_MISSING;
    return times_refuse(&t->sig, desk);
}

/* ---- one signature against one key ---- */

/* Whether the client question may make a check, however it ends; the first row that does not allow
 * it ends the budget. */
static bool may_check(struct budget *budget)
{
    static const enum spend checks[] = { SPEND_FAILED_CHECK, SPEND_GOOD_CHECK };
    for (unsigned i = 0; i < 2; i++)
        if (!budget_allows(budget, checks[i], 1))
            return budget_spend(budget, checks[i], 1);
    return true;
}

/* PROOF_GOOD: the check may be made. */
static enum proof gate(struct trial *t, uint32_t cost)
{
    const struct limits *limits = t->desk->rules->limits;
    if (t->reply->failed >= limits->failed_per_reply || t->reply->good >= limits->good_per_reply)
        return refused(t, PROOF_FAILED, WHY_VALIDATION_LIMIT);
    enum proof proof = may_check(t->desk->budget) ? rules_afford(t->desk, cost) : PROOF_SPENT;
    return proof == PROOF_SPENT ? refused(t, proof, WHY_VALIDATION_LIMIT) : proof;
}

/* RFC 4035 §5.3.3: how long a set may live by this signature, and by those before it. */
static enum proof settle_good(struct trial *t, uint32_t cost)
{
    struct rrsig_check *check = t->check;
    struct proof_desk *desk = t->desk;
    (void)budget_spend(desk->budget, SPEND_GOOD_CHECK, 1);
    rules_pay(desk, SPEND_GOOD_UNITS, cost);
    metrics_add(&desk->metrics->verifications_good, 1);
    t->reply->good++;
    if (desk->trail)
        tell(t, TRAIL_PROVED, WHY_NONE);
    if (check->held == 0 || t->sig.labels < check->labels)
        check->labels = t->sig.labels;
    struct unixtime expires = time_near(desk->wall, t->sig.expiration);
    int64_t left = expires.s > desk->wall.s ? expires.s - desk->wall.s : 0;
    uint32_t ttl = left < t->sig.original_ttl ? (uint32_t)left : t->sig.original_ttl;
    if (check->held == 0 || ttl < check->ttl_max)
        check->ttl_max = ttl;
    if (check->held == 0 || expires.s < check->expires.s) {
        check->expires = expires;
        check->key_tag = t->sig.key_tag;
    }
    check->held |= algorithm_bit(t->sig.algorithm);
    return PROOF_GOOD;
}

static enum proof settle_failed(struct trial *t, uint32_t cost, enum why why)
{
    struct proof_desk *desk = t->desk;
    (void)budget_spend(desk->budget, SPEND_FAILED_CHECK, 1);
    rules_pay(desk, SPEND_FAILED_UNITS, cost);
    metrics_add(&desk->metrics->verifications_bad, 1);
    t->reply->failed++;
    return refused(t, PROOF_FAILED, why);
}

static enum proof judge(struct trial *t, const struct dnskey *key, uint32_t cost)
{
    switch (verify(t->desk->keyring, key->rdata, t->data, t->sig.signature)) {
    case VERIFY_GOOD: return settle_good(t, cost);
    case VERIFY_BAD: return settle_failed(t, cost, WHY_SIGNATURE_WRONG);
    case VERIFY_BAD_KEY: /* LIMITS D5: not free of charge */
        return settle_failed(t, cost, WHY_KEY_UNUSABLE);
    case VERIFY_UNSUPPORTED: /* a key out of range (RULINGS A44): nothing was checked */
        return refused(t, PROOF_FAILED, WHY_KEY_UNUSABLE);
    case VERIFY_NO_MEMORY: break;
    }
    return refused(t, PROOF_SPENT, WHY_NO_MEMORY);
}

/* A thousand records with the longest owner make 300 kB to digest, for which a check with RSA is
 * soon the smaller part of the work. */
static uint32_t cost_of(const struct trial *t, const struct dnskey *key)
{
    return algorithm_cost(t->sig.algorithm, (uint32_t)key->key.len) +
           (uint32_t)(canonical_signed_octets(t->set, &t->sig) / DIGESTED_OCTETS);
}

/* FAILED: this key does not prove it. CONTINUE and SPENT: it was not tried. */
static enum proof try_key(struct trial *t, const struct dnskey *key)
{
    struct rrsig_check *check = t->check;
    uint32_t cost = cost_of(t, key);
    enum proof proof = gate(t, cost);
    if (proof != PROOF_GOOD)
        return proof;
    if (t->data.at == NULL &&
        canonical_signed_data(t->set, &t->sig, t->desk->arena, &t->data) != ST_OK)
        return refused(t, PROOF_SPENT, WHY_NO_MEMORY);

    uint32_t failed_before = t->reply->failed;
    proof = judge(t, key, cost);
    bool checked = proof == PROOF_GOOD || t->reply->failed != failed_before;
    if (proof == PROOF_SPENT)
        return proof;
    check->sigs_tried = (uint8_t)(check->sigs_tried + (checked && check->keys_tried == 0));
    check->keys_tried++;
    return proof;
}

/* ---- one signature against the keys ---- */

/* RFC 4035 §5.3.1: tag, algorithm, zone key; RFC 5011 §2.1: not revoked. */
static bool key_fits(struct trial *t, struct bytes rdata, struct dnskey *key)
{
    if (rdata.len < DNSKEY_FIXED || rdata.at[3] != t->sig.algorithm ||
        dnskey_tag(rdata) != t->sig.key_tag || !dnskey_parse(rdata, key))
        return false;
    if ((key->flags & DNSKEY_ZONE) == 0 || key->protocol != DNSSEC_PROTOCOL)
        note(t, WHY_KEY_NOT_ZONE);
    else if ((key->flags & DNSKEY_REVOKE) != 0)
        note(t, WHY_KEY_REVOKED);
    else
        return true;
    return false;
}

static enum proof try_keys(struct trial *t)
{
    struct rrsig_check *check = t->check;
    struct bytes rdata;
    struct dnskey key;
    unsigned index = 0;
    for (struct rrset_walk walk = rrset_records(t->keys); rrset_next(&walk, &rdata); index++) {
        if (index < check->key || !key_fits(t, rdata, &key))
            continue;
        if (check->keys_tried >= t->desk->rules->limits->keys_tried)
            break;
        enum proof proof = try_key(t, &key);
        check->key = (uint16_t)(proof == PROOF_FAILED ? index + 1 : index);
        if (proof != PROOF_FAILED)
            return proof;
    }
    return refused(t, PROOF_FAILED, WHY_KEY_MISSING);
}

/* Walking through a huge key set for each of many signatures is work too: beyond the first 32 KiB
 * it is paid for as checks are. */
static enum proof pay_search(struct trial *t)
{
    uint32_t units = t->keys->size / SEARCHED_OCTETS;
    enum proof proof = rules_afford(t->desk, units);
    if (proof == PROOF_GOOD)
        rules_pay(t->desk, SPEND_GOOD_UNITS, units);
    return proof == PROOF_SPENT ? refused(t, proof, WHY_VALIDATION_LIMIT) : proof;
}

/* FAILED: this signature proves nothing. */
static enum proof try_signature(struct trial *t, struct bytes rdata)
{
    struct rrsig_check *check = t->check;
    t->data = (struct bytes){ .at = NULL };
    if (!rrsig_parse(rdata, &t->sig)) {
        t->sig.signature.len = 0;
        return refused(t, PROOF_FAILED, WHY_RECORD_MALFORMED);
    }
    if (t->only != NULL &&
        (t->sig.key_tag != t->only->tag || t->sig.algorithm != t->only->algorithm))
        return PROOF_FAILED; /* another key's: says nothing about this one */
    enum why why = refuse(t);
    if (why != WHY_NONE)
        return refused(t, PROOF_FAILED, why);
    if (check->keys_tried == 0 && check->sigs_tried >= t->desk->rules->limits->rrsigs_tried)
        return PROOF_FAILED;
    if (t->only != NULL)
        return try_key(t, t->only);
    enum proof paid = pay_search(t);
    return paid == PROOF_GOOD ? try_keys(t) : paid;
}

static bool complete(const struct rrsig_check *check)
{
    return (check->wanted & ~check->held) == 0;
}

/* A set with any good signature is good, unless more is wanted (RFC 6840 §5.11). */
static enum proof prove(struct trial *t)
{
    struct rrsig_check *check = t->check;
    struct bytes rdata;
    unsigned index = 0;
    for (struct rrset_walk walk = rrset_signatures(t->set); rrset_next(&walk, &rdata); index++) {
        if (index < check->sig)
            continue;
        enum proof proof = try_signature(t, rdata);
        if (proof != PROOF_FAILED && (proof != PROOF_GOOD || complete(check)))
            return proof;
        check->sig++;
        check->key = 0;
        check->keys_tried = 0;
    }
    t->sig = (struct rrsig){ .type_covered = 0 };
    return refused(t, PROOF_FAILED, WHY_RRSIG_MISSING);
}

enum proof rrsig_prove(struct rrsig_check *check, const struct rrset *set, const struct rrset *keys,
                       struct reply_work *reply, struct proof_desk *desk)
{
    struct trial t = { .check = check,
                       .set = set,
                       .reply = reply,
                       .desk = desk,
                       .owner = rrset_owner(set),
                       .zone = rrset_owner(keys) };
    t.keys = keys;
    return prove(&t);
}

enum proof rrsig_prove_with_key(struct rrsig_check *check, const struct rrset *set,
                                const struct dnskey *key, struct reply_work *reply,
                                struct proof_desk *desk)
{
    struct trial t = { .check = check,
                       .set = set,
                       .reply = reply,
                       .desk = desk,
                       .owner = rrset_owner(set),
                       .zone = rrset_owner(set) };
    if ((key->flags & DNSKEY_ZONE) == 0 || key->protocol != DNSSEC_PROTOCOL)
        return refused(&t, PROOF_FAILED, WHY_KEY_NOT_ZONE);
    t.only = key;
    return prove(&t);
}

bool rrsig_signer(const struct rrset *set, const struct name *zone, struct name *signer)
{
    struct name owner = rrset_owner(set);
    struct rrsig sig;
    struct bytes rdata;
    bool found = false;
    for (struct rrset_walk walk = rrset_signatures(set); rrset_next(&walk, &rdata);) {
        bool fits = rrsig_parse(rdata, &sig) && name_under(&sig.signer, zone) &&
                    name_under(&owner, &sig.signer) &&
                    (set->type != TYPE_DS || name_strictly_under(&owner, &sig.signer));
        if (fits && (!found || sig.signer.labels > signer->labels)) {
            *signer = sig.signer;
            found = true;
        }
    }
    return found;
}
