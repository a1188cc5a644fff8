#include "tests/support/sign.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "lib/base/limits.h"
#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "tests/support/sign_raw.h"

enum { RECORDS_MAX = 512, SIGS_MAX = 32, HEAD_OCTETS = 18, LINE_MAX_OCTETS = 4096, TTL_S = 3600 };

/* What a set is made of while it is changed. */
struct draft {
    struct name owner;
    struct rrset_parts parts;
    struct bytes rdatas[RECORDS_MAX], sigs[SIGS_MAX];
};

static void *need(void *memory)
{
    if (memory == NULL)
        sign_broken("the arena is full");
    return memory;
}

static struct rrset *pack(const struct rrset_parts *parts, struct arena *arena)
{
    struct rrset *set = NULL;
    if (rrset_pack(parts, arena, &set) != ST_OK)
        sign_broken("a set does not pack");
    return set;
}

static struct draft *unpack(const struct rrset *set, struct arena *arena)
{
    struct draft *draft = need(arena_zero(arena, sizeof *draft));
    struct rrset_walk records = rrset_records(set), sigs = rrset_signatures(set);
    draft->owner = rrset_owner(set);
    draft->parts = (struct rrset_parts){ .owner = &draft->owner,
                                         .type = set->type,
                                         .ttl = set->ttl,
                                         .rdatas = draft->rdatas,
                                         .sigs = draft->sigs };
    while (draft->parts.rr_count < RECORDS_MAX &&
           rrset_next(&records, &draft->rdatas[draft->parts.rr_count]))
        draft->parts.rr_count++;
    while (draft->parts.sig_count < SIGS_MAX &&
           rrset_next(&sigs, &draft->sigs[draft->parts.sig_count]))
        draft->parts.sig_count++;
    return draft;
}

/* ---- keys ---- */

struct bytes sign_dnskey(const struct sign_key *key, struct arena *arena)
{
    uint8_t *rdata = need(arena_alloc(arena, 4 + SIGN_PUBLIC_MAX));
    rdata[0] = (uint8_t)(key->flags >> 8);
    rdata[1] = (uint8_t)key->flags;
    rdata[2] = key->protocol;
    rdata[3] = key->algorithm;
    return (struct bytes){ rdata, 4 + sign_raw_public(key, rdata + 4) };
}

/* RFC 4034 §B, as the C reference there has it. */
static uint16_t tag_of(struct bytes rdata)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < rdata.len; i++)
        sum += (i & 1) != 0 ? rdata.at[i] : (uint32_t)rdata.at[i] << 8;
    sum += sum >> 16 & 0xFFFF;
    return (uint16_t)(sum & 0xFFFF);
}

uint16_t sign_tag(const struct sign_key *key)
{
    uint8_t rdata[4 + SIGN_PUBLIC_MAX] = { (uint8_t)(key->flags >> 8), (uint8_t)key->flags,
                                           key->protocol, key->algorithm };
    return tag_of((struct bytes){ rdata, 4 + sign_raw_public(key, rdata + 4) });
}

/* RFC 4034 §5.1.4: digest = H(owner | DNSKEY rdata). */
struct bytes sign_ds(const struct sign_key *key, const struct name *owner, uint8_t digest_type,
                     struct arena *arena)
{
    static const char *const digests[] = { [1] = "SHA1", [2] = "SHA256", [4] = "SHA384" };
    struct bytes dnskey = sign_dnskey(key, arena);
    struct name lower = name_lower(owner);
    uint8_t *input = need(arena_alloc(arena, lower.len + dnskey.len));
    uint8_t *rdata = need(arena_alloc(arena, 4 + EVP_MAX_MD_SIZE));
    size_t len = 0;
    memcpy(input, lower.octets, lower.len);
    memcpy(input + lower.len, dnskey.at, dnskey.len);
    uint16_t tag = tag_of(dnskey);
    rdata[0] = (uint8_t)(tag >> 8);
    rdata[1] = (uint8_t)tag;
    rdata[2] = key->algorithm;
    rdata[3] = digest_type;
    if (EVP_Q_digest(NULL, digests[digest_type], NULL, input, lower.len + dnskey.len, rdata + 4,
                     &len) != 1)
        sign_broken("no such digest");
    return (struct bytes){ rdata, 4 + len };
}

struct rrset *sign_dnskey_set(const struct name *zone, const struct sign_key *keys, size_t count,
                              struct arena *arena)
{
    struct bytes rdatas[SIGS_MAX];
    if (count > SIGS_MAX)
        sign_broken("too many keys");
    for (size_t i = 0; i < count; i++)
        rdatas[i] = sign_dnskey(&keys[i], arena);
    return pack(
        &(struct rrset_parts){
            .owner = zone, .type = TYPE_DNSKEY, .ttl = TTL_S, .rdatas = rdatas, .rr_count = count },
        arena);
}

struct rrset *sign_ds_set(const struct name *zone, const struct sign_key *keys, size_t count,
                          struct arena *arena)
{
    struct bytes rdatas[SIGS_MAX];
    if (count > SIGS_MAX)
        sign_broken("too many keys");
    for (size_t i = 0; i < count; i++)
        rdatas[i] = sign_ds(&keys[i], zone, 2, arena);
    return pack(
        &(struct rrset_parts){
            .owner = zone, .type = TYPE_DS, .ttl = TTL_S, .rdatas = rdatas, .rr_count = count },
        arena);
}

/* ---- sets ---- */

static struct text_record read_line(const char *line, size_t len, struct arena *arena)
{
    char text[LINE_MAX_OCTETS], why[TEXT_WHY];
    struct text_record record;
    if (len >= sizeof text)
        sign_broken("a line is too long");
    memcpy(text, line, len);
    text[len] = '\0';
    if (text_read_record(text, arena, &record, why) != ST_OK) {
        fprintf(stderr, "sign: %s\n", text);
        sign_broken(why);
    }
    return record;
}

struct rrset *sign_text(const char *lines, struct arena *arena)
{
    struct bytes rdatas[RECORDS_MAX];
    struct text_record record = { .owner = { .len = 0 } };
    size_t count = 0;
    for (const char *end; (end = strchr(lines, '\n')) != NULL; lines = end + 1) {
        record = read_line(lines, (size_t)(end - lines), arena);
        if (count < RECORDS_MAX)
            rdatas[count] = record.rdata;
        count++;
    }
    if (count > RECORDS_MAX)
        sign_broken("too many lines");
    return pack(&(struct rrset_parts){ .owner = &record.owner,
                                       .type = record.type,
                                       .ttl = record.ttl,
                                       .rdatas = rdatas,
                                       .rr_count = count },
                arena);
}

struct rrset *sign_at(const struct rrset *set, const struct name *owner, struct arena *arena)
{
    struct draft *draft = unpack(set, arena);
    draft->owner = *owner;
    return pack(&draft->parts, arena);
}

struct rrset *sign_stripped(const struct rrset *set, struct arena *arena)
{
    struct draft *draft = unpack(set, arena);
    draft->parts.sig_count = 0;
    return pack(&draft->parts, arena);
}

/* ---- signatures ---- */

struct octets {
    uint8_t *at;
    size_t len;
};

static void put(struct octets *into, struct bytes octets)
{
    memcpy(into->at + into->len, octets.at, octets.len);
    into->len += octets.len;
}

static void put_number(struct octets *into, uint32_t number, unsigned octets)
{
    while (octets-- > 0)
        into->at[into->len++] = (uint8_t)(number >> 8 * octets);
}

/* RFC 4034 §3.1.3: neither the root nor a leading asterisk counts. */
static uint8_t labels_of(const struct name *owner)
{
    return (uint8_t)(owner->labels - (name_is_wildcard(owner) ? 1 : 0));
}

/* RRSIG rdata up to the signature, RFC 4034 §3.1. */
static void put_head(struct octets *into, const struct rrset *set, const struct sign_with *with)
{
    struct name owner = rrset_owner(set), zone = name_lower(with->zone);
    unsigned odd = with->odd;
    put_number(into, odd & SIGN_ODD_TYPE ? with->type : set->type, 2);
    put_number(into, odd & SIGN_ODD_ALGORITHM ? with->algorithm : with->key->algorithm, 1);
    put_number(into, odd & SIGN_ODD_LABELS ? with->labels : labels_of(&owner), 1);
    put_number(into, odd & SIGN_ODD_ORIGINAL_TTL ? with->original_ttl : set->ttl, 4);
    put_number(into, with->expiration, 4);
    put_number(into, with->inception, 4);
    put_number(into, odd & SIGN_ODD_TAG ? with->tag : sign_tag(with->key), 2);
    put(into, name_bytes(&zone));
}

/* RFC 4034 §3.1.8.1: owner | type | class | original TTL | length | rdata, canonical, of each. */
static void put_records(struct octets *into, const struct rrset *set, const struct octets *head)
{
    struct name own = rrset_owner(set), owner = name_lower(&own);
    struct bytes rdata;
    uint8_t labels = head->at[3];
    if (labels < labels_of(&owner)) { /* RFC 4035 §5.3.2: the wildcard that it was expanded from */
        struct name suffix = name_suffix(&owner, labels);
        if (name_wildcard(&suffix, &owner) != ST_OK)
            sign_broken("no wildcard");
    }
    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &rdata);) {
        put(into, name_bytes(&owner));
        put_number(into, set->type, 2);
        put_number(into, CLASS_IN, 2);
        put(into, (struct bytes){ head->at + 4, 4 });
        put_number(into, (uint32_t)rdata.len, 2);
        rdata_canonical(set->type, rdata, into->at + into->len);
        into->len += rdata.len;
    }
}

struct bytes sign_octets(const struct sign_key *key, struct bytes octets, struct arena *arena)
{
    uint8_t *signature = need(arena_alloc(arena, SIGN_SIGNATURE_MAX));
    return (struct bytes){ signature, sign_raw(key, octets, signature) };
}

static struct bytes sign_one(const struct rrset *set, const struct sign_with *with,
                             struct arena *arena)
{
    size_t room = HEAD_OCTETS + NAME_OCTETS_MAX + SIGN_SIGNATURE_MAX;
    size_t records = set->size + set->rr_count * (size_t)(NAME_OCTETS_MAX + 10);
    struct octets rdata = { need(arena_alloc(arena, room)), 0 };
    struct octets data = { need(arena_alloc(arena, room + records)), 0 };
    put_head(&rdata, set, with);
    put(&data, (struct bytes){ rdata.at, rdata.len });
    put_records(&data, set, &rdata);
    rdata.len += sign_raw(with->key, (struct bytes){ data.at, data.len }, rdata.at + rdata.len);
    if (with->odd & SIGN_ODD_SIGNATURE)
        rdata.at[rdata.len - 1] ^= 1;
    return (struct bytes){ rdata.at, rdata.len };
}

struct rrset *sign_set(const struct rrset *set, const struct sign_with *with, size_t count,
                       struct arena *arena)
{
    struct draft *draft = unpack(set, arena);
    for (size_t i = 0; i < count; i++) {
        if (draft->parts.sig_count == SIGS_MAX)
            sign_broken("too many signatures");
        draft->sigs[draft->parts.sig_count++] = sign_one(set, &with[i], arena);
    }
    return pack(&draft->parts, arena);
}

struct rrset *sign_plain(const struct rrset *set, const struct sign_key *key,
                         const struct name *zone, const uint32_t window[2], struct arena *arena)
{
    struct sign_with with = {
        .key = key, .zone = zone, .inception = window[0], .expiration = window[1]
    };
    return sign_set(set, &with, 1, arena);
}
