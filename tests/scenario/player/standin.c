#include "tests/scenario/player/standin.h"

#include <stdio.h>

#include "lib/crypto/algorithm.h"
#include "lib/dnssec/canonical.h"
#include "lib/wire/type.h"
#include "tests/scenario/player/oldkey.h"

enum {
    STANDINS_MAX = 32,
    PAIRS_EACH = 12, /* of tests/sim/keys/13.pem and 15.pem */
    PAIRS_MAX = 2 * PAIRS_EACH,
    STANDIN_ALGORITHM = 13,
    SECOND_ALGORITHM = 15, /* where one has not enough pairs */
    SET_MAX = 256,
    DS_ALGORITHM = 2, /* offsets in rdata */
    DS_DIGEST = 3,
    KEY_ALGORITHM = 3,
    SIG_ALGORITHM = 2,
    SIG_LABELS = 3,
    SIG_SIGNER = 18
};

struct standin {
    struct name zone;
    struct bytes rdata; /* the old key's */
    unsigned pair;
    uint16_t tag;
    struct sign_key key;
};

struct standins {
    struct head *head;
    struct lines *lines;
    struct standin at[STANDINS_MAX];
    unsigned count, pairs;
};

/* What is done with every section of a script, in this order. */
enum pass { PASS_COLLECT, PASS_SIGNATURES, PASS_KEYS };

/* ---- keys ---- */

static bool is_old_key(const struct text_record *record)
{
    return record->type == TYPE_DNSKEY && oldkey_is(record->rdata);
}

static struct standin *find_key(struct standins *standins, const struct text_record *record)
{
    for (unsigned i = 0; i < standins->count; i++)
        if (name_equal(&standins->at[i].zone, &record->owner) &&
            bytes_equal(standins->at[i].rdata, record->rdata))
            return &standins->at[i];
    return NULL;
}

/* A key that revokes itself is the same key (RFC 5011 §2.1): all but its flags is equal. */
static unsigned pair_for(struct standins *standins, const struct text_record *record)
{
    struct bytes key = { record->rdata.at + 2, record->rdata.len - 2 };

    for (unsigned i = 0; i < standins->count; i++) {
        struct bytes other = { standins->at[i].rdata.at + 2, standins->at[i].rdata.len - 2 };
        if (name_equal(&standins->at[i].zone, &record->owner) && bytes_equal(key, other))
            return standins->at[i].pair;
    }
    return standins->pairs++;
}

static bool collect(struct standins *standins, const struct text_record *record)
{
    struct standin *standin = &standins->at[standins->count];
    uint16_t flags;

    if (!is_old_key(record) || find_key(standins, record))
        return true;
    if (standins->count == STANDINS_MAX)
        return lines_cannot(standins->lines, "more than %d old keys", (int)STANDINS_MAX);
    unsigned pair = pair_for(standins, record);
    if (pair >= PAIRS_MAX)
        return lines_cannot(standins->lines, "more than %d old keys", (int)PAIRS_MAX);
    flags = (uint16_t)(record->rdata.at[0] << 8 | record->rdata.at[1]);
    *standin =
        (struct standin){ .zone = record->owner,
                          .rdata = record->rdata,
                          .pair = pair,
                          .tag = dnskey_tag(record->rdata),
                          .key = sign_key(standins->head->keys.signer,
                                          pair < PAIRS_EACH ? STANDIN_ALGORITHM : SECOND_ALGORITHM,
                                          pair % PAIRS_EACH, flags) };
    standin->key.protocol = record->rdata.at[2];
    standins->count++;
    return true;
}

/* RFC 4034 §5.1.4: the digest is over owner and key. */
static bool ds_names(const struct standin *standin, const struct text_record *record)
{
    uint8_t octets[NAME_OCTETS_MAX + 2048], digest[64];
    struct name owner = name_lower(&record->owner);
    size_t len = 0;

    if (!name_equal(&owner, &standin->zone) || standin->rdata.len > 2048 ||
        record->rdata.at[DS_ALGORITHM] != standin->rdata.at[KEY_ALGORITHM])
        return false;
    memcpy(octets, owner.octets, owner.len);
    memcpy(octets + owner.len, standin->rdata.at, standin->rdata.len);
    struct bytes whole = { octets, owner.len + standin->rdata.len };
    return oldkey_digest(record->rdata.at[DS_DIGEST], whole, digest, &len) &&
           bytes_equal((struct bytes){ digest, len },
                       (struct bytes){ record->rdata.at + 4, record->rdata.len - 4 });
}

static const struct standin *named_by(const struct standins *standins,
                                      const struct text_record *record)
{
    for (unsigned i = 0; i < standins->count; i++)
        if (record->type == TYPE_DS && record->rdata.len > DS_DIGEST &&
            ds_names(&standins->at[i], record))
            return &standins->at[i];
    return NULL;
}

/* A DS of DSA that names nobody does so now as before. */
static bool replace_ds(struct standins *standins, struct text_record *record)
{
    struct arena *arena = standins->lines->arena;
    const struct standin *standin = named_by(standins, record);

    if (standin) {
        record->rdata = sign_ds(&standin->key, &standin->zone, record->rdata.at[DS_DIGEST], arena);
        return true;
    }
    if (record->rdata.len <= DS_DIGEST || !oldkey_is_dsa(record->rdata.at[DS_ALGORITHM]))
        return true;
    uint8_t *rdata = arena_copy(arena, record->rdata.at, record->rdata.len);
    if (!rdata)
        return lines_wrong(standins->lines, "the file is too large");
    rdata[DS_ALGORITHM] = STANDIN_ALGORITHM;
    record->rdata.at = rdata;
    return true;
}

static bool replace_key(struct standins *standins, struct text_record *record)
{
    if (is_old_key(record))
        record->rdata = sign_dnskey(&find_key(standins, record)->key, standins->lines->arena);
    return record->type != TYPE_DS || replace_ds(standins, record);
}

/* ---- signatures ---- */

enum set_form { SET_AS_IT_IS, SET_WITH_STANDINS };

/* The covered set of that section; NULL: there is none. `touched`: it holds an old key. */
static struct rrset *covered(struct standins *standins, const struct script_record *in,
                             const struct text_record *of, enum set_form form, bool *touched)
{
    struct bytes rdatas[SET_MAX];
    uint16_t type = (uint16_t)(of->rdata.at[0] << 8 | of->rdata.at[1]);
    struct rrset_parts parts = { .owner = &of->owner, .type = type, .rdatas = rdatas };
    struct rrset *set = NULL;

    for (; in && parts.rr_count < SET_MAX; in = in->next) {
        struct text_record record = in->record;
        if (record.type != type || !name_equal(&record.owner, &of->owner))
            continue;
        *touched |= is_old_key(&record) || named_by(standins, &record);
        if (form == SET_WITH_STANDINS && !replace_key(standins, &record))
            return NULL;
        parts.ttl = record.ttl;
        rdatas[parts.rr_count++] = record.rdata;
    }
    if (parts.rr_count == 0 || rrset_pack(&parts, standins->lines->arena, &set) != ST_OK)
        return NULL;
    return set;
}

static const struct standin *signer_of(const struct standins *standins, const struct rrsig *rrsig)
{
    for (unsigned i = 0; i < standins->count; i++)
        if (standins->at[i].tag == rrsig->key_tag &&
            standins->at[i].rdata.at[KEY_ALGORITHM] == rrsig->algorithm &&
            name_equal(&standins->at[i].zone, &rrsig->signer))
            return &standins->at[i];
    return NULL;
}

static bool held(const struct standins *standins, const struct standin *standin,
                 const struct rrset *set, const struct rrsig *rrsig)
{
    struct bytes data;
    return canonical_signed_data(set, rrsig, standins->lines->arena, &data) == ST_OK &&
           oldkey_holds(standin->rdata, data, rrsig->signature);
}

/* A signature by nobody, or over nothing: it stays without a meaning. */
static bool keep_void(struct standins *standins, struct text_record *record,
                      const struct standin *standin)
{
    uint8_t *rdata = arena_copy(standins->lines->arena, record->rdata.at, record->rdata.len);

    if (!rdata)
        return lines_wrong(standins->lines, "the file is too large");
    rdata[SIG_ALGORITHM] = STANDIN_ALGORITHM;
    if (standin) {
        rdata[SIG_SIGNER - 2] = (uint8_t)(sign_tag(&standin->key) >> 8);
        rdata[SIG_SIGNER - 1] = (uint8_t)sign_tag(&standin->key);
    }
    record->rdata.at = rdata;
    return true;
}

static bool replace_signature(struct standins *standins, const struct script_record *in,
                              struct text_record *record)
{
    struct arena *arena = standins->lines->arena;
    bool touched = false;
    struct rrsig rrsig;

    if (record->type != TYPE_RRSIG || !rrsig_parse(record->rdata, &rrsig))
        return true;
    const struct rrset *before = covered(standins, in, record, SET_AS_IT_IS, &touched);
    const struct standin *standin = signer_of(standins, &rrsig);
    if (!standin && !oldkey_is_dsa(rrsig.algorithm))
        return !touched || !algorithm_find(rrsig.algorithm) ||
               lines_cannot(standins->lines, "RSA keys under 1024 bits, signed by longer ones");
    const struct rrset *after =
        before ? covered(standins, in, record, SET_WITH_STANDINS, &touched) : NULL;
    if (!standin || !after)
        return keep_void(standins, record, standin);
    struct sign_with with = { .key = &standin->key,
                              .zone = &rrsig.signer,
                              .inception = rrsig.inception,
                              .expiration = rrsig.expiration,
                              .odd = SIGN_ODD_LABELS | SIGN_ODD_ORIGINAL_TTL,
                              .labels = rrsig.labels,
                              .original_ttl = rrsig.original_ttl };
    if (!held(standins, standin, before, &rrsig))
        with.odd |= SIGN_ODD_SIGNATURE;
    struct rrset_walk walk = rrset_signatures(sign_set(after, &with, 1, arena));
    return rrset_next(&walk, &record->rdata);
}

/* ---- the whole script ---- */

static bool pass_section(struct standins *standins, enum pass pass, struct script_record *in)
{
    bool fine = true;

    for (struct script_record *at = in; at && fine; at = at->next) {
        if (pass == PASS_COLLECT)
            fine = collect(standins, &at->record);
        else if (pass == PASS_SIGNATURES)
            fine = replace_signature(standins, in, &at->record);
        else
            fine = replace_key(standins, &at->record);
    }
    return fine;
}

static bool pass_entry(struct standins *standins, enum pass pass, struct script_entry *entry)
{
    struct script_packet *packet = entry ? &entry->packet : NULL;

    for (; packet; packet = packet->next)
        for (unsigned i = 0; i < SECTIONS; i++)
            if (!pass_section(standins, pass, packet->sections[i]))
                return false;
    return true;
}

static bool pass_script(struct standins *standins, enum pass pass, struct script *script)
{
    for (struct script_range *range = script->ranges; range; range = range->next)
        for (struct script_entry *entry = range->entries; entry; entry = entry->next)
            if (!pass_entry(standins, pass, entry))
                return false;
    for (struct script_step *step = script->steps; step; step = step->next)
        if (!pass_entry(standins, pass, step->entry) ||
            (step->file && !pass_section(standins, pass, step->file->trust)))
            return false;
    for (struct script_file *file = standins->head->trust_files; file; file = file->next)
        if (!pass_section(standins, pass, file->trust))
            return false;
    return true;
}

static bool add_anchor(struct standins *standins, struct text_record *record)
{
    char owner[NAME_TEXT], rdata[TEXT_RDATA], line[NAME_TEXT + TEXT_RDATA + 16], why[TEXT_WHY];

    if (!replace_key(standins, record))
        return false;
    snprintf(line, sizeof line, "%s IN %s %s", name_text(&record->owner, owner, sizeof owner),
             record->type == TYPE_DS ? "DS" : "DNSKEY",
             text_rdata(record->type, record->rdata, rdata, sizeof rdata));
    return anchor_add_line(standins->head->options->policy->anchors, line, why) == ST_OK ||
           lines_wrong(standins->lines, "trust-anchor: %s", why);
}

bool standin_apply(struct head *head, struct lines *lines, struct script *script)
{
    struct standins *standins = ARENA_NEW(lines->arena, struct standins);

    if (!standins)
        return lines_wrong(lines, "no memory");
    standins->head = head;
    standins->lines = lines;
    if (!pass_section(standins, PASS_COLLECT, head->old_anchors.first) ||
        !pass_script(standins, PASS_COLLECT, script) ||
        !pass_script(standins, PASS_SIGNATURES, script) ||
        !pass_script(standins, PASS_KEYS, script))
        return false;
    for (struct script_record *at = head->old_anchors.first; at; at = at->next)
        if (!add_anchor(standins, &at->record))
            return false;
    return true;
}
