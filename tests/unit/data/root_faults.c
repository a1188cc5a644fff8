/* What must break the proof of a set, and what must not: each fault at a place drawn from the set's
 * own number, so that all of them together reach every part. */
#include <stdio.h>

#include "lib/wire/type.h"
#include "tests/unit/data/root_zone.h"

/* RFC 4034 §3.1: where the fields of an RRSIG stand. */
enum {
    AT_ALGORITHM = 2,
    AT_LABELS = 3,
    AT_TTL = 4,
    AT_EXPIRES = 8,
    AT_BEGINS = 12,
    AT_TAG = 16,
    AT_SIGNER = 18,
    AT_SIGNATURE = 19 /* the root's name is one octet */
};
enum { AT_KEY = 4, SPREAD = 7919 };

struct trial {
    struct pieces *pieces;
    struct rrset *keys; /* NULL: the zone's own */
    struct unixtime wall;
    size_t draw;
};

static uint32_t field32(struct bytes sig, size_t at)
{
    const uint8_t *o = sig.at + at;
    return (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
}

static void flip_bit(struct bytes piece, size_t from, size_t draw)
{
    size_t bit = draw * SPREAD % ((piece.len - from) * 8);
    root_octets(piece)[from + bit / 8] ^= (uint8_t)(1U << bit % 8);
}

/* ---- of the records: false where it cannot be had of this set ---- */

/* The first bit from the one drawn on that leaves the rdata of its type's form (the others are
 * refused with the message) and changes its canonical form (RFC 4034 §6.2). */
static bool a_bit_of_rdata(struct root *root, struct trial *trial)
{
    const struct rrset_parts *parts = &trial->pieces->parts;
    struct bytes rdata = parts->rdatas[trial->draw % parts->rr_count];
    uint8_t *own = arena_copy(root->bench.arena, rdata.at, rdata.len);

    for (size_t i = 0; i < rdata.len * 8; i++) {
        flip_bit(rdata, 0, trial->draw + i);
        if (rdata_check(parts->type, rdata) == ST_OK &&
            rdata_compare(parts->type, rdata, (struct bytes){ own, rdata.len }) != 0)
            return true;
        memcpy(root_octets(rdata), own, rdata.len);
    }
    return false;
}

static bool a_record_less(struct root *root, struct trial *trial)
{
    struct rrset_parts *parts = &trial->pieces->parts;
    size_t last = parts->rr_count - 1, out = trial->draw % parts->rr_count;

    (void)root;
    if (last == 0)
        return false;
    trial->pieces->rdatas[out] = trial->pieces->rdatas[last];
    parts->rr_count = last;
    return true;
}

static bool a_record_more(struct root *root, struct trial *trial)
{
    struct rrset_parts *parts = &trial->pieces->parts;
    struct bytes *more = &trial->pieces->rdatas[parts->rr_count];

    if (parts->type != TYPE_DS)
        return false;
    more->len = parts->rdatas[0].len;
    more->at = arena_copy(root->bench.arena, parts->rdatas[0].at, more->len);
    root_octets(*more)[more->len - 1] ^= 1;
    parts->rr_count++;
    return true;
}

static bool another_owner(struct root *root, struct trial *trial)
{
    struct name *owner = &trial->pieces->owner;

    (void)root;
    if (owner->labels > 0)
        owner->octets[1] = name_fold(owner->octets[1]) == 'q' ? 'z' : 'q';
    else
        ck_assert_int_eq(name_from_text("q.", owner), ST_OK);
    return true;
}

/* The signature then covers the new type too. */
static bool another_type(struct root *root, struct trial *trial)
{
    struct rrset_parts *parts = &trial->pieces->parts;

    (void)root;
    parts->type = TYPE_TXT;
    for (size_t i = 0; i < parts->sig_count; i++) {
        root_octets(parts->sigs[i])[0] = 0;
        root_octets(parts->sigs[i])[1] = TYPE_TXT;
    }
    return true;
}

static bool a_type_not_covered(struct root *root, struct trial *trial)
{
    (void)root;
    trial->pieces->parts.type = TYPE_TXT;
    return true;
}

/* RFC 4034 §4.1.1: the next name of an NSEC is not lower-cased, and is signed as it stands. */
static bool another_next_name(struct root *root, struct trial *trial)
{
    struct bytes rdata = trial->pieces->rdatas[0];

    (void)root;
    if (trial->pieces->parts.type != TYPE_NSEC || rdata.at[0] == 0)
        return false;
    root_octets(rdata)[1] ^= 0x20;
    return true;
}

static bool another_bitmap(struct root *root, struct trial *trial)
{
    struct bytes rdata = trial->pieces->rdatas[0];

    (void)root;
    if (trial->pieces->parts.type != TYPE_NSEC)
        return false;
    root_octets(rdata)[rdata.len - 1] ^= 0x80;
    return rdata.at[rdata.len - 1] != 0;
}

/* ---- of the signatures ---- */

static bool in_each_signature(struct trial *trial, size_t at, uint8_t change)
{
    for (size_t i = 0; i < trial->pieces->parts.sig_count; i++)
        root_octets(trial->pieces->sigs[i])[at] ^= change;
    return true;
}

static bool a_bit_of_the_signature(struct root *root, struct trial *trial)
{
    (void)root;
    for (size_t i = 0; i < trial->pieces->parts.sig_count; i++)
        flip_bit(trial->pieces->sigs[i], AT_SIGNATURE, trial->draw);
    return true;
}

static bool no_signature(struct root *root, struct trial *trial)
{
    (void)root;
    trial->pieces->parts.sig_count = 0;
    return true;
}

static bool another_signer(struct root *root, struct trial *trial)
{
    static const uint8_t com[] = { 3, 'c', 'o', 'm' };

    for (size_t i = 0; i < trial->pieces->parts.sig_count; i++) {
        struct bytes *sig = &trial->pieces->sigs[i];
        uint8_t *made = arena_alloc(root->bench.arena, sig->len + sizeof com);
        memcpy(made, sig->at, AT_SIGNER);
        memcpy(made + AT_SIGNER, com, sizeof com);
        memcpy(made + AT_SIGNER + sizeof com, sig->at + AT_SIGNER, sig->len - AT_SIGNER);
        *sig = (struct bytes){ made, sig->len + sizeof com };
    }
    return true;
}

static bool labels_one_off(struct root *root, struct trial *trial)
{
    (void)root;
    return in_each_signature(trial, AT_LABELS, 1); /* 1 becomes 0: a wildcard's; 0 becomes 1 */
}

static bool labels_too_many(struct root *root, struct trial *trial)
{
    (void)root;
    return in_each_signature(trial, AT_LABELS, 2);
}

static bool another_tag(struct root *root, struct trial *trial)
{
    (void)root;
    return in_each_signature(trial, AT_TAG + trial->draw % 2, (uint8_t)(1U << trial->draw % 8));
}

static bool another_algorithm(struct root *root, struct trial *trial)
{
    (void)root;
    return in_each_signature(trial, AT_ALGORITHM, trial->draw % 2 ? 8 ^ 10 : 8 ^ 13);
}

static bool another_original_ttl(struct root *root, struct trial *trial)
{
    (void)root;
    return in_each_signature(trial, AT_TTL + 3, 1);
}

static bool a_longer_life(struct root *root, struct trial *trial)
{
    (void)root;
    return in_each_signature(trial, AT_EXPIRES + 3, 1);
}

static bool an_earlier_start(struct root *root, struct trial *trial)
{
    (void)root;
    return in_each_signature(trial, AT_BEGINS + 3, 1);
}

/* ---- of the clock: RFC 4035 §5.3.1, RFC 1982; the skew is what the rules allow ---- */

static uint32_t edge(const struct trial *trial, size_t at)
{
    uint32_t found = field32(trial->pieces->sigs[0], at);

    for (size_t i = 1; i < trial->pieces->parts.sig_count; i++) {
        uint32_t other = field32(trial->pieces->sigs[i], at);
        if (at == AT_BEGINS ? other < found : other > found)
            found = other;
    }
    return found;
}

static bool a_clock_before(struct root *root, struct trial *trial)
{
    trial->wall.s = (int64_t)edge(trial, AT_BEGINS) - root->bench.rules.inception_skew_s - 1;
    return true;
}

static bool a_clock_after(struct root *root, struct trial *trial)
{
    trial->wall.s = (int64_t)edge(trial, AT_EXPIRES) + root->bench.rules.expiration_skew_s + 1;
    return true;
}

static bool the_first_second(struct root *root, struct trial *trial)
{
    (void)root;
    trial->wall.s = edge(trial, AT_BEGINS);
    return true;
}

static bool the_last_second(struct root *root, struct trial *trial)
{
    (void)root;
    trial->wall.s = (int64_t)edge(trial, AT_EXPIRES) - 1;
    return true;
}

/* ---- of the keys ---- */

static bool a_bit_of_each_key(struct root *root, struct trial *trial)
{
    struct pieces *keys = root_pieces(root, root->keys.keys);

    for (size_t i = 0; i < keys->parts.rr_count; i++)
        flip_bit(keys->rdatas[i], AT_KEY, trial->draw);
    trial->keys = root_set(root, keys);
    return true;
}

/* RFC 4034 §B: the tag is a sum of 16-bit words, so their order does not show in it. */
static bool words_of_each_key_swapped(struct root *root, struct trial *trial)
{
    struct pieces *keys = root_pieces(root, root->keys.keys);

    for (size_t i = 0; i < keys->parts.rr_count; i++) {
        uint8_t *octets = root_octets(keys->rdatas[i]) + AT_KEY + 8, kept[2];
        size_t at = trial->draw * 2 % 64;
        while (memcmp(octets + at, octets + at + 2, 2) == 0)
            at += 2;
        memcpy(kept, octets + at, 2);
        memcpy(octets + at, octets + at + 2, 2);
        memcpy(octets + at + 2, kept, 2);
    }
    trial->keys = root_set(root, keys);
    return true;
}

static bool no_zone_keys(struct root *root, struct trial *trial)
{
    struct pieces *keys = root_pieces(root, root->keys.keys);

    for (size_t i = 0; i < keys->parts.rr_count; i++)
        root_octets(keys->rdatas[i])[0] &= 0xFE;
    trial->keys = root_set(root, keys);
    return true;
}

/* ---- what changes nothing ---- */

static bool another_case(struct root *root, struct trial *trial)
{
    struct name *owner = &trial->pieces->owner;

    (void)root;
    for (unsigned i = 0; i < owner->len; i++)
        if (owner->octets[i] >= 'a' && owner->octets[i] <= 'z' && (trial->draw + i) % 3 != 0)
            owner->octets[i] ^= 0x20;
    return true;
}

static bool another_order(struct root *root, struct trial *trial)
{
    struct rrset_parts *parts = &trial->pieces->parts;

    (void)root;
    for (size_t i = 0; i < parts->rr_count / 2; i++) {
        struct bytes first = trial->pieces->rdatas[i];
        trial->pieces->rdatas[i] = trial->pieces->rdatas[parts->rr_count - 1 - i];
        trial->pieces->rdatas[parts->rr_count - 1 - i] = first;
    }
    return true;
}

static bool capitals_in_ns_names(struct root *root, struct trial *trial)
{
    struct bytes rdata = trial->pieces->rdatas[0];

    (void)root;
    if (trial->pieces->parts.type != TYPE_NS)
        return false;
    root_octets(rdata)[1] ^= 0x20;
    return true;
}

static bool a_ttl_above(struct root *root, struct trial *trial)
{
    (void)root;
    trial->pieces->parts.ttl = field32(trial->pieces->sigs[0], AT_TTL) + 1 + (uint32_t)trial->draw;
    return true;
}

static bool a_ttl_below(struct root *root, struct trial *trial)
{
    (void)root;
    trial->pieces->parts.ttl = (uint32_t)trial->draw;
    return true;
}

static bool nothing(struct root *root, struct trial *trial)
{
    (void)root;
    (void)trial;
    return true;
}

static const struct change {
    const char *what;
    bool (*make)(struct root *root, struct trial *trial);
    enum proof proof;
} changes[] = {
    { "nothing", nothing, PROOF_GOOD },
    { "the owner in another case (RFC 4034 §6.2)", another_case, PROOF_GOOD },
    { "the records in another order (RFC 4034 §6.3)", another_order, PROOF_GOOD },
    { "capitals in an NS name (RFC 4034 §6.2)", capitals_in_ns_names, PROOF_GOOD },
    { "a TTL above the original (RFC 4035 §5.3.3)", a_ttl_above, PROOF_GOOD },
    { "a TTL below the original", a_ttl_below, PROOF_GOOD },
    { "the first second", the_first_second, PROOF_GOOD },
    { "the last second", the_last_second, PROOF_GOOD },
    { "a bit of rdata", a_bit_of_rdata, PROOF_FAILED },
    { "a record less", a_record_less, PROOF_FAILED },
    { "a record more", a_record_more, PROOF_FAILED },
    { "another owner", another_owner, PROOF_FAILED },
    { "another type, covered", another_type, PROOF_FAILED },
    { "another type", a_type_not_covered, PROOF_FAILED },
    { "another case of an NSEC's next name (RFC 6840 §5.1)", another_next_name, PROOF_FAILED },
    { "another bitmap", another_bitmap, PROOF_FAILED },
    { "a bit of the signature", a_bit_of_the_signature, PROOF_FAILED },
    { "no signature", no_signature, PROOF_FAILED },
    { "another signer", another_signer, PROOF_FAILED },
    { "labels one off", labels_one_off, PROOF_FAILED },
    { "labels too many", labels_too_many, PROOF_FAILED },
    { "another tag", another_tag, PROOF_FAILED },
    { "another algorithm", another_algorithm, PROOF_FAILED },
    { "another original TTL", another_original_ttl, PROOF_FAILED },
    { "a longer life", a_longer_life, PROOF_FAILED },
    { "an earlier start", an_earlier_start, PROOF_FAILED },
    { "a clock before", a_clock_before, PROOF_FAILED },
    { "a clock after", a_clock_after, PROOF_FAILED },
    { "a bit of each key", a_bit_of_each_key, PROOF_FAILED },
    { "two words of each key swapped: the tag stays", words_of_each_key_swapped, PROOF_FAILED },
    { "keys that are no zone keys (RFC 4034 §2.1.1)", no_zone_keys, PROOF_FAILED },
};

/* RFC 4035 §5.3.3: whatever TTL was received, none above the original may be used. */
static void check_ttl(const struct trial *trial, const struct rrsig_check *check, const char *where)
{
    uint32_t original = field32(trial->pieces->sigs[0], AT_TTL);
    ck_assert_msg(check->ttl_max <= original && check->ttl_max > 0, "%s", where);
}

static void try_change(struct root *root, const struct rrset *set, size_t draw,
                       const struct change *change)
{
    char where[NAME_TEXT + 160], owner[NAME_TEXT], type[TYPE_TEXT];
    struct name name = rrset_owner(set);
    const struct rrset *own_keys = root->keys.keys;
    struct rrsig_check check;

    proof_bench_job(&root->bench);
    struct trial trial = { root_pieces(root, set), NULL, root->wall, draw };
    if (!change->make(root, &trial))
        return;
    snprintf(where, sizeof where, "%s %s %s: %s", root->edition->serial,
             name_text(&name, owner, sizeof owner), type_text(set->type, type), change->what);
    root->bench.desk.wall = trial.wall;
    root->keys.keys = trial.keys ? trial.keys : own_keys;
    enum proof proof = root_prove(root, root_set(root, trial.pieces), &check);
    root->keys.keys = own_keys;
    ck_assert_msg(proof == change->proof, "%s: %d, not %d", where, proof, change->proof);
    if (proof == PROOF_GOOD)
        check_ttl(&trial, &check, where);
    *(proof == PROOF_GOOD ? &root->good : &root->refused) += 1;
}

void root_set_faults(struct root *root)
{
    size_t draw = 0;

    for (size_t i = 0; i < root->zone.count; i++) {
        if (root->zone.sets[i]->sig_count == 0 || draw++ % root->stride != 0)
            continue;
        for (size_t j = 0; j < ROWS(changes); j++)
            try_change(root, root->zone.sets[i], draw, &changes[j]);
    }
}
