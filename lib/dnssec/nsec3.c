#include "lib/dnssec/nsec3.h"

#include "lib/crypto/digest.h"
#include "lib/dnssec/bitmap.h"
#include "lib/wire/reader.h"
#include "lib/wire/type.h"

enum {
    HASH_SHA1 = 1,           /* RFC 5155 §11 */
    OWNER_LABEL_OCTETS = 32, /* 20 octets in base32hex without padding, RFC 5155 §3.3 */
    SHA1_BLOCK = 64,
    SHA1_TAIL = 9 /* a 1 bit and the length close the last block */
};

struct nsec3_hash_row {
    struct nsec3_hash_row *before;
    struct bytes salt; /* in the arena */
    uint16_t iterations;
    uint8_t hash[NSEC3_HASH_OCTETS];
    uint8_t name_len;
    uint8_t name[]; /* lower case */
};

/* RFC 4648 §7; -1: no such digit. */
static int base32hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'v')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'V')
        return c - 'A' + 10;
    return -1;
}

static bool base32hex_read(struct bytes text, uint8_t hash[NSEC3_HASH_OCTETS])
{
    uint32_t bits = 0;
    unsigned held = 0;
    uint8_t *at = hash;

    if (text.len != OWNER_LABEL_OCTETS)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = base32hex_digit(text.at[i]);
        if (digit < 0)
            return false;
        bits = bits << 5 | (uint32_t)digit;
        held += 5;
        if (held >= 8) {
            held -= 8;
            *at++ = (uint8_t)(bits >> held);
        }
    }
    return true;
}

static bool owner_read(const struct name *owner, const struct name *zone, struct nsec3 *nsec3)
{
    return owner->labels == zone->labels + 1 && name_strictly_under(owner, zone) &&
           base32hex_read(name_label(owner, 0), nsec3->owner_hash);
}

enum nsec3_form nsec3_read(const struct rrset *set, const struct name *zone, struct nsec3 *nsec3)
{
    if (set->type != TYPE_NSEC3 || set->rr_count != 1)
        return NSEC3_UNSOUND;
    struct reader r = reader_over(rrset_rdata(set, 0));
    struct name owner = rrset_owner(set);
    uint8_t algorithm = reader_u8(&r);
    nsec3->flags = reader_u8(&r);
    nsec3->iterations = reader_u16(&r);
    nsec3->salt.len = reader_u8(&r);
    nsec3->salt.at = reader_take(&r, nsec3->salt.len);
    uint8_t hash_len = reader_u8(&r);
    const uint8_t *next = reader_take(&r, hash_len);
    nsec3->bitmap = (struct bytes){ r.at, reader_left(&r) };

    if (r.failed || !bitmap_is_sound(nsec3->bitmap))
        return NSEC3_UNSOUND;
    /* RFC 5155 §8.1 and §8.2: unknown algorithms and flags are ignored, not errors. */
    if (algorithm != HASH_SHA1 || (nsec3->flags & ~NSEC3_OPT_OUT) != 0)
        return NSEC3_UNKNOWN;
    if (hash_len != NSEC3_HASH_OCTETS || !owner_read(&owner, zone, nsec3))
        return NSEC3_UNSOUND;
    memcpy(nsec3->next_hash, next, NSEC3_HASH_OCTETS);
    return NSEC3_SOUND;
}

static uint32_t blocks_of(size_t octets)
{
    return (uint32_t)((octets + SHA1_TAIL + SHA1_BLOCK - 1) / SHA1_BLOCK);
}

static uint32_t blocks_per_round(const struct nsec3 *nsec3)
{
    return blocks_of(NSEC3_HASH_OCTETS + nsec3->salt.len);
}

bool nsec3_over_limit(const struct nsec3 *nsec3, const struct limits *limits)
{
    return (nsec3->iterations + UINT32_C(1)) * blocks_per_round(nsec3) >
           limits->nsec3_iterations + UINT32_C(1);
}

bool nsec3_same_parameters(const struct nsec3 *a, const struct nsec3 *b)
{
    return a->iterations == b->iterations && bytes_equal(a->salt, b->salt);
}

static const struct nsec3_hash_row *row_find(const struct nsec3_hashes *kept,
                                             const struct nsec3 *parameters, struct bytes name)
{
    for (const struct nsec3_hash_row *row = kept->last; row != NULL; row = row->before)
        if (row->iterations == parameters->iterations && bytes_equal(row->salt, parameters->salt) &&
            bytes_equal((struct bytes){ row->name, row->name_len }, name))
            return row;
    return NULL;
}

/* The salt's copy is shared with the row before where that has the same. */
static bool row_keep(struct nsec3_hashes *kept, const struct nsec3 *parameters, struct bytes name,
                     const uint8_t *hash, struct arena *arena)
{
    if (kept->count == NSEC3_HASHES_KEPT)
        return true;
    struct nsec3_hash_row *row = arena_alloc(arena, sizeof *row + name.len);
    if (row == NULL)
        return false;
    row->salt = parameters->salt;
    if (kept->last != NULL && bytes_equal(kept->last->salt, parameters->salt))
        row->salt = kept->last->salt;
    else if (row->salt.len > 0)
        row->salt.at = arena_copy(arena, parameters->salt.at, parameters->salt.len);
    if (row->salt.len > 0 && row->salt.at == NULL)
        return false;
    row->iterations = parameters->iterations;
    memcpy(row->hash, hash, NSEC3_HASH_OCTETS);
    row->name_len = (uint8_t)name.len;
    memcpy(row->name, name.at, name.len);
    row->before = kept->last;
    kept->last = row;
    kept->count++;
    return true;
}

enum proof nsec3_hash(const struct nsec3 *parameters, const struct name *name,
                      struct nsec3_hashes *kept, struct proof_desk *desk,
                      uint8_t hash[NSEC3_HASH_OCTETS])
{
    struct name lower = name_lower(name);
    struct bytes octets = name_bytes(&lower);
    const struct nsec3_hash_row *row = row_find(kept, parameters, octets);
    if (row != NULL) {
        memcpy(hash, row->hash, NSEC3_HASH_OCTETS);
        return PROOF_GOOD;
    }
    uint32_t blocks = blocks_of(octets.len + parameters->salt.len) +
                      parameters->iterations * blocks_per_round(parameters);
    if (!budget_spend(desk->budget, SPEND_NSEC3_BLOCKS, blocks))
        return PROOF_SPENT;
    metrics_add(&desk->metrics->nsec3_blocks, blocks);
    if (digest_nsec3(desk->keyring, octets, parameters->salt, parameters->iterations, hash) !=
        ST_OK)
        return PROOF_SPENT;
    return row_keep(kept, parameters, octets, hash, desk->arena) ? PROOF_GOOD : PROOF_SPENT;
}

bool nsec3_matches(const struct nsec3 *nsec3, const uint8_t hash[NSEC3_HASH_OCTETS])
{
    return memcmp(nsec3->owner_hash, hash, NSEC3_HASH_OCTETS) == 0;
}

bool nsec3_may_enclose(const struct nsec3 *nsec3)
{
    bool delegation = bitmap_has(nsec3->bitmap, TYPE_NS) && !bitmap_has(nsec3->bitmap, TYPE_SOA);
    return !delegation && !bitmap_has(nsec3->bitmap, TYPE_DNAME);
}

/* RFC 5155 §3.1.7: the last record goes back to the first; one alone covers all but its own. */
bool nsec3_covers(const struct nsec3 *nsec3, const uint8_t hash[NSEC3_HASH_OCTETS])
{
    bool after_owner = memcmp(nsec3->owner_hash, hash, NSEC3_HASH_OCTETS) < 0;
    bool before_next = memcmp(hash, nsec3->next_hash, NSEC3_HASH_OCTETS) < 0;
    if (memcmp(nsec3->owner_hash, nsec3->next_hash, NSEC3_HASH_OCTETS) < 0)
        return after_owner && before_next;
    return (after_owner || before_next) && !nsec3_matches(nsec3, hash);
}
