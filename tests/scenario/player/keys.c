#include "tests/scenario/player/keys.h"

#include <stdio.h>
#include <string.h>

#include "lib/wire/type.h"
#include "tests/support/denial_zone.h"

enum { DAY_S = 86400, AFTER_S = 30 * DAY_S, TTL_S = 3600, SIGNERS_MAX = 16, SET_MAX = 256 };

/* ---- reading ---- */

static bool want_number(struct lines *lines, const char *value, unsigned long most,
                        unsigned long *into)
{
    return word_number(value, most, into) ||
           lines_wrong(lines, "%s is no number from 0 to %lu", value, most);
}

static bool want_name(struct lines *lines, const char *word, struct name *name)
{
    return name_from_text(word, name) == ST_OK || lines_wrong(lines, "%s is no name", word);
}

/* How many pairs tests/sim/keys holds. */
static unsigned pairs_of(unsigned long algorithm)
{
    static const uint8_t pairs[17] = {
        [5] = 2, [7] = 2, [8] = 14, [10] = 5, [13] = 12, [14] = 4, [15] = 12, [16] = 4
    };
    return algorithm < sizeof pairs ? pairs[algorithm] : 0;
}

struct key_words {
    unsigned long algorithm, pair, flags, protocol;
};

static bool key_words(struct lines *lines, const struct words *words, struct key_words *said)
{
    for (unsigned i = 4; i < words->count; i++) {
        const char *word = words->at[i], *value;
        bool fine = false;
        if ((value = word_value(word, "pair")))
            fine = want_number(lines, value, 13, &said->pair);
        else if ((value = word_value(word, "flags")))
            fine = want_number(lines, value, UINT16_MAX, &said->flags);
        else if ((value = word_value(word, "protocol")))
            fine = want_number(lines, value, UINT8_MAX, &said->protocol);
        if (!fine)
            return lines_wrong(lines, "%s is no word of KEY", word);
    }
    return true;
}

bool keys_add(struct script_keys *keys, struct lines *lines, const struct words *words)
{
    struct script_key *key = &keys->at[keys->count];
    struct key_words said = { .flags = SIGN_KSK, .protocol = 3 };

    if (words->count < 4 || keys->count == KEYS_IN_SCRIPT_MAX)
        return lines_wrong(lines, "KEY wants name, zone, algorithm, and there are at most %d",
                           (int)KEYS_IN_SCRIPT_MAX);
    if (!want_name(lines, words->at[2], &key->zone) ||
        !want_number(lines, words->at[3], UINT8_MAX, &said.algorithm) ||
        !key_words(lines, words, &said))
        return false;
    if (said.pair >= pairs_of(said.algorithm))
        return lines_wrong(lines, "there is no pair %lu of algorithm %lu", said.pair,
                           said.algorithm);
    key->name = words->at[1];
    key->key =
        sign_key(keys->signer, (uint8_t)said.algorithm, (unsigned)said.pair, (uint16_t)said.flags);
    key->key.protocol = (uint8_t)said.protocol;
    keys->count++;
    return true;
}

static const struct script_key *find(const struct script_keys *keys, const char *name)
{
    for (unsigned i = 0; i < keys->count; i++)
        if (strcmp(keys->at[i].name, name) == 0)
            return &keys->at[i];
    return NULL;
}

/* ---- sections ---- */

bool section_append(struct script_section *section, struct lines *lines,
                    const struct text_record *record)
{
    struct script_record *added = ARENA_NEW(lines->arena, struct script_record);

    if (!added)
        return lines_wrong(lines, "the file is too large");
    added->record = *record;
    if (section->last)
        section->last->next = added;
    else
        section->first = added;
    section->last = added;
    return true;
}

static bool append_sets(struct script_section *section, struct lines *lines,
                        const struct rrset *set)
{
    struct text_record record = {
        .owner = rrset_owner(set), .type = set->type, .class = CLASS_IN, .ttl = set->ttl
    };
    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &record.rdata);)
        if (!section_append(section, lines, &record))
            return false;
    return true;
}

/* ---- @dnskey, @ds ---- */

static bool add_dnskeys(const struct script_keys *keys, struct lines *lines,
                        const struct words *words, struct script_section *section)
{
    for (unsigned i = 1; i < words->count; i++) {
        const struct script_key *key = find(keys, words->at[i]);
        if (!key)
            return lines_wrong(lines, "there is no KEY %s", words->at[i]);
        struct text_record record = { .owner = key->zone,
                                      .type = TYPE_DNSKEY,
                                      .class = CLASS_IN,
                                      .ttl = TTL_S,
                                      .rdata = sign_dnskey(&key->key, lines->arena) };
        if (!section_append(section, lines, &record))
            return false;
    }
    return words->count > 1 || lines_wrong(lines, "@dnskey wants keys");
}

/* What of the DS is another than the key's: RFC 4034 §5.1. */
static bool ds_word(struct lines *lines, const char *word, uint8_t *rdata, size_t len)
{
    unsigned long number = 0;
    const char *value;

    if (strcmp(word, "flip") == 0) {
        rdata[len - 1] ^= 1;
        return true;
    }
    if ((value = word_value(word, "tag")) && want_number(lines, value, UINT16_MAX, &number)) {
        rdata[0] = (uint8_t)(number >> 8);
        rdata[1] = (uint8_t)number;
        return true;
    }
    if ((value = word_value(word, "algorithm")) && want_number(lines, value, UINT8_MAX, &number))
        rdata[2] = (uint8_t)number;
    else if ((value = word_value(word, "type")) && want_number(lines, value, UINT8_MAX, &number))
        rdata[3] = (uint8_t)number;
    else if (!word_value(word, "digest"))
        return lines_wrong(lines, "%s is no word of @ds", word);
    return lines->flaw.kind == FLAW_NONE;
}

static bool make_ds(const struct script_keys *keys, struct lines *lines, const struct words *words,
                    struct text_record *record)
{
    const struct script_key *key = words->count > 1 ? find(keys, words->at[1]) : NULL;
    const char *digest = words->count > 2 ? word_value(words->at[2], "digest") : NULL;
    unsigned long type = 2;

    if (!key)
        return lines_wrong(lines, "%s wants a KEY of the head", words->at[0]);
    if (digest && !want_number(lines, digest, UINT8_MAX, &type))
        return false;
    if (type != 1 && type != 2 && type != 4)
        return lines_wrong(lines, "there is no digest %lu", type);
    struct bytes made = sign_ds(&key->key, &key->zone, (uint8_t)type, lines->arena);
    uint8_t *rdata = arena_copy(lines->arena, made.at, made.len);
    for (unsigned i = 2; rdata && i < words->count; i++)
        if (!ds_word(lines, words->at[i], rdata, made.len))
            return false;
    *record = (struct text_record){ .owner = key->zone,
                                    .type = TYPE_DS,
                                    .class = CLASS_IN,
                                    .ttl = TTL_S,
                                    .rdata = { rdata, made.len } };
    return rdata || lines_wrong(lines, "the file is too large");
}

const char *keys_anchor(const struct script_keys *keys, struct lines *lines,
                        const struct words *words)
{
    struct text_record record = { .type = TYPE_DS };
    char rdata[TEXT_RDATA], owner[NAME_TEXT], line[TEXT_RDATA + NAME_TEXT + 16];

    if (!make_ds(keys, lines, words, &record))
        return NULL;
    int len =
        snprintf(line, sizeof line, "%s IN DS %s", name_text(&record.owner, owner, sizeof owner),
                 text_rdata(TYPE_DS, record.rdata, rdata, sizeof rdata));
    return arena_copy(lines->arena, line, (size_t)len + 1);
}

/* ---- @sign ---- */

struct signing {
    struct sign_with with[SIGNERS_MAX];
    struct name zones[SIGNERS_MAX], wildcard;
    size_t count;
};

static bool sign_time(struct lines *lines, const char *value, uint32_t *into)
{
    struct unixtime at;
    if (!unixtime_parse(value, &at))
        return lines_wrong(lines, "%s is no time such as 20260101000000", value);
    *into = (uint32_t)at.s;
    return true;
}

static bool sign_field(struct lines *lines, const char *word, struct sign_with *with)
{
    unsigned long n = 0;
    const char *value;

    if ((value = word_value(word, "labels")) && want_number(lines, value, 127, &n)) {
        with->odd |= SIGN_ODD_LABELS;
        with->labels = (uint8_t)n;
    } else if ((value = word_value(word, "ttl")) && want_number(lines, value, INT32_MAX, &n)) {
        with->odd |= SIGN_ODD_ORIGINAL_TTL;
        with->original_ttl = (uint32_t)n;
    } else if ((value = word_value(word, "tag")) && want_number(lines, value, UINT16_MAX, &n)) {
        with->odd |= SIGN_ODD_TAG;
        with->tag = (uint16_t)n;
    } else if ((value = word_value(word, "algorithm")) && want_number(lines, value, 255, &n)) {
        with->odd |= SIGN_ODD_ALGORITHM;
        with->algorithm = (uint8_t)n;
    } else if ((value = word_value(word, "type")) && type_from_text(value, &with->type)) {
        with->odd |= SIGN_ODD_TYPE;
    } else if (strcmp(word, "flip") == 0) {
        with->odd |= SIGN_ODD_SIGNATURE;
    } else {
        return lines_wrong(lines, "%s is no word of @sign", word);
    }
    return true;
}

static bool sign_word(struct lines *lines, const char *word, struct signing *signing)
{
    struct sign_with *with = &signing->with[signing->count - 1];
    const char *value;

    if ((value = word_value(word, "inception")))
        return sign_time(lines, value, &with->inception);
    if ((value = word_value(word, "expiration")))
        return sign_time(lines, value, &with->expiration);
    if ((value = word_value(word, "signer")))
        return want_name(lines, value, &signing->zones[signing->count - 1]);
    if ((value = word_value(word, "wildcard")))
        return want_name(lines, value, &signing->wildcard);
    return sign_field(lines, word, with);
}

/* Words behind a key's name are about that key's signature. */
static bool read_signing(const struct script_keys *keys, struct lines *lines,
                         const struct words *words, struct signing *signing)
{
    for (unsigned i = 1; i < words->count; i++) {
        const struct script_key *key = find(keys, words->at[i]);
        if (!key && (signing->count == 0 || !sign_word(lines, words->at[i], signing)))
            return lines_wrong(lines, "there is no KEY %s", words->at[i]);
        if (!key)
            continue;
        if (signing->count == SIGNERS_MAX)
            return lines_wrong(lines, "more than %d signatures", (int)SIGNERS_MAX);
        signing->zones[signing->count] = key->zone;
        signing->with[signing->count] =
            (struct sign_with){ .key = &key->key,
                                .zone = &signing->zones[signing->count],
                                .inception = (uint32_t)(keys->wall - DAY_S),
                                .expiration = (uint32_t)(keys->wall + AFTER_S) };
        signing->count++;
    }
    return signing->count > 0 || lines_wrong(lines, "@sign wants a key");
}

/* The set that ends the section, as it is to be signed. */
static const struct rrset *set_above(struct lines *lines, const struct script_section *section,
                                     const struct name *owner)
{
    struct bytes rdatas[SET_MAX];
    const struct script_record *begin = section->first;
    struct rrset_parts parts = { .owner = owner, .rdatas = rdatas };
    struct rrset *set = NULL;

    if (!begin)
        return NULL;
    for (const struct script_record *at = begin; at; at = at->next)
        if (at->record.type != begin->record.type ||
            !name_equal(&at->record.owner, &begin->record.owner))
            begin = at;
    parts.type = begin->record.type;
    parts.ttl = begin->record.ttl;
    for (; begin && parts.rr_count < SET_MAX; begin = begin->next)
        rdatas[parts.rr_count++] = begin->record.rdata;
    if (rrset_pack(&parts, lines->arena, &set) != ST_OK)
        lines_wrong(lines, "the set above is too large");
    return set;
}

static bool add_signatures(const struct script_keys *keys, struct lines *lines,
                           const struct words *words, struct script_section *section)
{
    struct signing *signing = ARENA_NEW(lines->arena, struct signing);

    if (!signing || !read_signing(keys, lines, words, signing))
        return lines_wrong(lines, "the file is too large");
    if (!section->last || section->last->record.type == TYPE_RRSIG)
        return lines_wrong(lines, "no set stands above @sign");
    struct text_record record = section->last->record;
    const struct name *owner = signing->wildcard.len ? &signing->wildcard : &record.owner;
    const struct rrset *set = set_above(lines, section, owner);
    if (!set)
        return false;
    set = sign_set(set, signing->with, signing->count, lines->arena);
    record.type = TYPE_RRSIG;
    for (struct rrset_walk walk = rrset_signatures(set); rrset_next(&walk, &record.rdata);)
        if (!section_append(section, lines, &record))
            return false;
    return true;
}

/* ---- @nsec3 ---- */

struct nsec3_words {
    struct denial_chain chain;
    char types[512];
};

static bool is_hex(const char *text)
{
    size_t len = strlen(text);
    return len % 2 == 0 && len <= 510 && strspn(text, "0123456789abcdefABCDEF") == len;
}

static bool nsec3_word(struct lines *lines, const char *word, struct nsec3_words *said)
{
    unsigned long number = 0;
    const char *value;
    uint16_t type;

    if (strcmp(word, "optout") == 0) {
        said->chain.flags |= 1;
    } else if ((value = word_value(word, "flags")) && want_number(lines, value, 255, &number)) {
        said->chain.flags = (uint8_t)number;
    } else if ((value = word_value(word, "iterations")) &&
               want_number(lines, value, UINT16_MAX, &number)) {
        said->chain.iterations = (uint16_t)number;
    } else if ((value = word_value(word, "salt")) && is_hex(value)) {
        said->chain.salt = value;
    } else if (type_from_text(word, &type) && strlen(said->types) + strlen(word) < 500) {
        size_t len = strlen(said->types);
        snprintf(said->types + len, sizeof said->types - len, "%s%s", len ? " " : "", word);
    } else {
        return lines_wrong(lines, "%s is no word of @nsec3", word);
    }
    return true;
}

/* The hash one above (+1) or below (-1), as a number of 160 bits. */
static void hash_move(uint8_t hash[20], int by)
{
    for (unsigned i = 20; i-- > 0;) {
        hash[i] = (uint8_t)(hash[i] + by);
        if (hash[i] != (by > 0 ? 0 : 0xFF))
            return;
    }
}

static bool add_nsec3(const struct script_keys *keys, struct lines *lines,
                      const struct words *words, struct script_section *section)
{
    struct nsec3_words *said = ARENA_NEW(lines->arena, struct nsec3_words);
    bool covers = word_is(words, 2, "covers");
    struct denial_span span;
    struct name zone, name;

    if (!said || words->count < 4 || (!covers && !word_is(words, 2, "matches")))
        return lines_wrong(lines, "@nsec3 wants zone, matches or covers, and a name");
    if (!want_name(lines, words->at[1], &zone) || !want_name(lines, words->at[3], &name))
        return false;
    said->chain.keyring = keys->keyring;
    said->chain.salt = "";
    for (unsigned i = 4; i < words->count; i++)
        if (!nsec3_word(lines, words->at[i], said))
            return false;
    denial_hash(&said->chain, &name, span.from);
    memcpy(span.to, span.from, sizeof span.to);
    if (covers)
        hash_move(span.from, -1);
    hash_move(span.to, 1);
    span.types = said->types;
    return append_sets(section, lines, denial_nsec3(&said->chain, &zone, &span, lines->arena));
}

bool keys_records(const struct script_keys *keys, struct lines *lines, const struct words *words,
                  struct script_section *section)
{
    if (word_is(words, 0, "@dnskey"))
        return add_dnskeys(keys, lines, words, section);
    if (word_is(words, 0, "@sign"))
        return add_signatures(keys, lines, words, section);
    if (word_is(words, 0, "@nsec3"))
        return add_nsec3(keys, lines, words, section);
    struct text_record record;
    if (word_is(words, 0, "@ds"))
        return make_ds(keys, lines, words, &record) && section_append(section, lines, &record);
    return lines_wrong(lines, "there is no %s", words->at[0]);
}
