#include "lib/dnssec/rfc5011_look.h"

#include "lib/crypto/verify.h"
#include "lib/dnssec/ds.h"

enum { DNSSEC_PROTOCOL = 3, FLAGS_LOW = 1 };

/* ---- whose key is it? ---- */

/* The key as it was before REVOKE was set; in the arena. False: no memory. */
static bool plain_key(const struct dnskey *key, struct arena *arena, struct dnskey *plain)
{
    *plain = *key;
    if ((key->flags & DNSKEY_REVOKE) == 0)
        return true;
    uint8_t *rdata = arena_copy(arena, key->rdata.at, key->rdata.len);
    if (rdata == NULL)
        return false;
    rdata[FLAGS_LOW] &= (uint8_t)~DNSKEY_REVOKE;
    return dnskey_parse((struct bytes){ rdata, key->rdata.len }, plain);
}

/* LIMITS D2: digests that do not match are counted; beyond ds_misses no more are made. */
static bool ds_is_of(struct bytes rdata, const struct dnskey *key, const struct name *zone,
                     uint8_t *misses, struct proof_desk *desk)
{
    struct ds ds;
    if (!ds_parse(rdata, &ds) || ds.key_tag != key->tag || ds.algorithm != key->algorithm ||
        *misses >= desk->rules->limits->ds_misses)
        return false;
    bool matches = ds_matches(&ds, zone, key, desk);
    *misses = (uint8_t)(*misses + (matches ? 0 : 1));
    return matches;
}

static bool slot_is_of(const struct rfc5011_point *point, unsigned slot, const struct dnskey *key,
                       uint8_t *misses, struct proof_desk *desk)
{
    const struct rfc5011_key *kept = &point->keys[slot];
    struct bytes rdata = { kept->rdata, kept->len };
    if (kept->state == ROLL_START)
        return false;
    if (kept->form == ROLL_AS_KEY)
        return bytes_equal(rdata, key->rdata);
    return ds_is_of(rdata, key, &point->zone, misses, desk);
}

/* ---- gathering ---- */

static void note(struct rfc5011_look *look, const struct dnskey *key, unsigned slot)
{
    if (look->sight.count < ROLL_SEEN)
        look->sight.keys[look->sight.count++] = (struct rfc5011_seen){
            .rdata = key->rdata,
            .slot = (uint8_t)slot,
            .revoked = (key->flags & DNSKEY_REVOKE) != 0,
        };
}

static bool is_candidate(struct bytes rdata, struct dnskey *key)
{
    return rdata.len <= ROLL_KEY_OCTETS && dnskey_parse(rdata, key) &&
           (key->flags & DNSKEY_ZONE) != 0 && key->protocol == DNSSEC_PROTOCOL;
}

static bool is_known(const struct rfc5011_look *look, struct bytes rdata)
{
    for (size_t i = 0; i < look->sight.count; i++)
        if (look->sight.keys[i].rdata.at == rdata.at)
            return true;
    return false;
}

/* First the keys that we know, so that no flood of new ones can hide them. */
static bool gather_known(struct rfc5011_look *look, const struct rfc5011_point *point,
                         const struct rrset *set, struct proof_desk *desk)
{
    struct bytes rdata;
    struct dnskey key, plain;
    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &rdata);) {
        if (!is_candidate(rdata, &key))
            continue;
        if (!plain_key(&key, desk->arena, &plain))
            return false;
        for (unsigned slot = 0; slot < ROLL_KEYS; slot++)
            if (slot_is_of(point, slot, &plain, &look->misses, desk))
                note(look, &key, slot);
    }
    return true;
}

/* A new anchor must be a SEP key (RFC 5011 §2) that we can use: an anchor of an unknown algorithm
 * would prove nothing. */
static void gather_new(struct rfc5011_look *look, const struct rrset *set, struct proof_desk *desk)
{
    const struct crypto *crypto = keyring_crypto(desk->keyring);
    struct name zone = rrset_owner(set);
    struct bytes rdata;
    struct dnskey key;
    unsigned found = 0;
    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &rdata);)
        if (found < ROLL_KEYS && is_candidate(rdata, &key) &&
            (key.flags & (DNSKEY_SEP | DNSKEY_REVOKE)) == DNSKEY_SEP && !is_known(look, rdata) &&
            rules_allow_algorithm(desk->rules, crypto, &zone, key.algorithm) &&
            verify_key_usable(desk->keyring, rdata) == VERIFY_GOOD) {
            note(look, &key, ROLL_NEW);
            found++;
        }
}

/* ---- who signed ---- */

static bool signature_matters(const struct rfc5011_point *point, const struct rfc5011_seen *seen)
{
    if (seen->slot >= ROLL_KEYS)
        return false;
    const struct rfc5011_key *key = &point->keys[seen->slot];
    return !key->revoked &&
           (key->builtin || key->state == ROLL_VALID || key->state == ROLL_MISSING);
}

/* What the signature that held says of times; a set of several lives as its shortest. */
static void note_times(struct rfc5011_look *look, const struct rrset *set)
{
    struct rfc5011_sight *sight = &look->sight;
    struct rrsig rrsig;
    struct bytes rdata;
    unsigned index = 0;
    for (struct rrset_walk walk = rrset_signatures(set); rrset_next(&walk, &rdata); index++)
        if (index == look->check.sig && rrsig_parse(rdata, &rrsig) &&
            (sight->expires.s == 0 || look->check.expires.s < sight->expires.s)) {
            sight->expires = look->check.expires;
            sight->ttl_s = rrsig.original_ttl;
        }
}

static enum proof check_one(struct rfc5011_look *look, const struct rrset *set,
                            struct proof_desk *desk)
{
    struct rfc5011_seen *seen = &look->sight.keys[look->at];
    struct dnskey key;
    if (!dnskey_parse(seen->rdata, &key))
        return PROOF_FAILED;
    enum proof proof = rrsig_prove_with_key(&look->check, set, &key, &look->work, desk);
    if (proof == PROOF_GOOD)
        note_times(look, set);
    return proof;
}

enum proof rfc5011_look(struct rfc5011_look *look, const struct rfc5011_point *point,
                        const struct rrset *set, struct proof_desk *desk)
{
    struct rfc5011_sight *sight = &look->sight;
    if (!look->gathered) {
        if (!gather_known(look, point, set, desk))
            return PROOF_SPENT;
        gather_new(look, set, desk);
        look->gathered = true;
    }
    for (; look->at < sight->count; look->at++) {
        struct rfc5011_seen *seen = &sight->keys[look->at];
        if (look->at > 0 && seen[-1].rdata.at == seen->rdata.at) {
            seen->signs = seen[-1].signs; /* two DS of one key */
            continue;
        }
        if (!signature_matters(point, seen))
            continue;
        enum proof proof = check_one(look, set, desk);
        if (proof == PROOF_CONTINUE || proof == PROOF_SPENT)
            return proof;
        seen->signs = proof == PROOF_GOOD;
        look->check = (struct rrsig_check){ .sig = 0 };
    }
    return PROOF_GOOD;
}

/* ---- the anchors in force ---- */

/* The slot of the same key as this DS or DNSKEY of the anchors, or NULL. */
static struct rfc5011_key *slot_of_anchor(struct rfc5011_point *point, enum rfc5011_form form,
                                          struct bytes rdata, struct proof_desk *desk)
{
    uint8_t misses = 0;
    struct dnskey key;
    for (unsigned i = 0; i < ROLL_KEYS; i++) {
        struct rfc5011_key *kept = &point->keys[i];
        struct bytes have = { kept->rdata, kept->len };
        if (kept->state == ROLL_START)
            continue;
        if (kept->form == form && bytes_equal(have, rdata))
            return kept;
        if (kept->form == ROLL_AS_KEY && form == ROLL_AS_DS && dnskey_parse(have, &key) &&
            ds_is_of(rdata, &key, &point->zone, &misses, desk))
            return kept;
    }
    return NULL;
}

/* The anchors as they are entered, one by one; `named` has a bit for each slot that one names. */
struct entry {
    struct rfc5011_point *point;
    struct proof_desk *desk;
    uint32_t named;
    bool all;
};

static void add_one(struct entry *entry, enum rfc5011_form form, struct bytes rdata)
{
    struct rfc5011_point *point = entry->point;
    struct rfc5011_key *known = slot_of_anchor(point, form, rdata, entry->desk);
    if (known == NULL && rfc5011_add(point, form, rdata, entry->desk->wall))
        known = slot_of_anchor(point, form, rdata, entry->desk);
    if (known == NULL) {
        entry->all = false;
        return;
    }
    rfc5011_adopt(known, entry->desk->wall);
    entry->named |= UINT32_C(1) << (known - point->keys);
}

static void add_ds(struct entry *entry, const struct rrset *set)
{
    struct bytes rdata;
    struct ds ds;
    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &rdata);)
        if (ds_parse(rdata, &ds) && ds_usable(&ds, &entry->point->zone, entry->desk))
            add_one(entry, ROLL_AS_DS, rdata);
}

static void add_keys(struct entry *entry, const struct rrset *set)
{
    struct bytes rdata;
    struct dnskey key;
    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &rdata);)
        if (dnskey_parse(rdata, &key) && (key.flags & DNSKEY_REVOKE) == 0)
            add_one(entry, ROLL_AS_KEY, rdata);
}

bool rfc5011_add_anchors(struct rfc5011_point *point, const struct rrset *ds,
                         const struct rrset *keys, struct proof_desk *desk)
{
    struct entry entry = { .point = point, .desk = desk, .all = true };
    if (keys != NULL)
        add_keys(&entry, keys);
    if (ds != NULL)
        add_ds(&entry, ds);
    for (unsigned i = 0; i < ROLL_KEYS; i++) {
        struct rfc5011_key *key = &point->keys[i];
        if ((entry.named >> i & 1) != 0)
            continue;
        key->builtin = false;
        if (key->form == ROLL_AS_DS)
            *key = (struct rfc5011_key){ .state = ROLL_START };
    }
    return entry.all;
}

/* ---- two memories of one zone ---- */

static bool slot_is_trusted(const struct rfc5011_key *key)
{
    return key->state == ROLL_VALID || key->state == ROLL_MISSING;
}

/* The slot that is of the key of another point, or NULL. */
static struct rfc5011_key *slot_of_key(struct rfc5011_point *point, const struct rfc5011_key *other,
                                       struct proof_desk *desk)
{
    struct bytes rdata = { other->rdata, other->len };
    struct dnskey key;
    uint8_t misses = 0;
    if (other->form == ROLL_AS_DS)
        return slot_of_anchor(point, ROLL_AS_DS, rdata, desk);
    if (!dnskey_parse(rdata, &key))
        return NULL;
    for (unsigned slot = 0; slot < ROLL_KEYS; slot++)
        if (slot_is_of(point, slot, &key, &misses, desk))
            return &point->keys[slot];
    return NULL;
}

/* A key that was never seen, still a DS, has nothing to tell: it is an anchor in force. */
static bool carry_key(struct rfc5011_point *point, const struct rfc5011_key *from,
                      struct proof_desk *desk)
{
    struct bytes rdata = { from->rdata, from->len };
    struct rfc5011_key *key = slot_of_key(point, from, desk);
    bool builtin = key != NULL && key->builtin;
    if (from->form == ROLL_AS_DS ||
        (key != NULL && (key->revoked || (!from->revoked && slot_is_trusted(key)))))
        return true;
    if (key == NULL && rfc5011_add(point, ROLL_AS_KEY, rdata, desk->wall))
        key = slot_of_key(point, from, desk);
    if (key == NULL)
        return false;
    for (unsigned i = 0; from->revoked && i < ROLL_KEYS; i++)
        point->keys[i].signers &= ~(UINT32_C(1) << (key - point->keys));
    *key = *from;
    key->builtin = builtin;
    return true;
}

static bool trusts_revoked(struct rfc5011_point *point, const struct rfc5011_point *known,
                           struct proof_desk *desk)
{
    for (unsigned i = 0; i < ROLL_KEYS; i++) {
        if (!slot_is_trusted(&known->keys[i]))
            continue;
        const struct rfc5011_key *key = slot_of_key(point, &known->keys[i], desk);
        if (key != NULL && key->revoked)
            return true;
    }
    return false;
}

bool rfc5011_carry(struct rfc5011_point *point, const struct rfc5011_point *known,
                   struct proof_desk *desk)
{
    bool revocations_alone = trusts_revoked(point, known, desk), all = true;
    for (unsigned i = 0; i < ROLL_KEYS; i++)
        if (known->keys[i].revoked)
            all = carry_key(point, &known->keys[i], desk) && all;
    for (unsigned i = 0; i < ROLL_KEYS && !revocations_alone; i++)
        if (slot_is_trusted(&known->keys[i]))
            all = carry_key(point, &known->keys[i], desk) && all;
    return all;
}
