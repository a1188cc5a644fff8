#include "lib/cache/pack.h"

enum { SET_UNIT = 8 };

/* ---- writing ---- */

void pack_octets(struct pack *pack, const void *from, size_t len)
{
    if (pack->failed || len > sizeof pack->octets - pack->len) {
        pack->failed = true;
        return;
    }
    if (len > 0)
        memcpy(pack->octets + pack->len, from, len);
    pack->len += len;
}

void pack_name(struct pack *pack, const struct name *name)
{
    pack_octets(pack, &name->len, sizeof name->len);
    pack_octets(pack, name->octets, name->len);
}

void pack_endpoints(struct pack *pack, const struct endpoint *endpoints, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pack_octets(pack, &endpoints[i], sizeof endpoints[i]);
}

/* The text is most of a cause and mostly empty. */
void pack_cause(struct pack *pack, const struct cause *cause)
{
    uint8_t len = (uint8_t)strnlen(cause->text, sizeof cause->text - 1);
    pack_octets(pack, &cause->why, sizeof cause->why);
    pack_octets(pack, &cause->type, sizeof cause->type);
    pack_octets(pack, &cause->key_tag, sizeof cause->key_tag);
    pack_octets(pack, &cause->algorithm, sizeof cause->algorithm);
    pack_octets(pack, &len, sizeof len);
    pack_octets(pack, cause->text, len);
}

static size_t to_unit(size_t len)
{
    return (SET_UNIT - len % SET_UNIT) % SET_UNIT;
}

void pack_set(struct pack *pack, const struct rrset *set, uint32_t ttl)
{
    static const uint8_t zeros[SET_UNIT];
    pack_octets(pack, zeros, to_unit(pack->len));
    size_t at = pack->len;
    pack_octets(pack, set, set->size);
    if (!pack->failed)
        memcpy(pack->octets + at + offsetof(struct rrset, ttl), &ttl, sizeof ttl);
}

/* ---- reading ---- */

struct unpack unpack_begin(const struct store_value *value, struct instant now)
{
    uint8_t *at = (uint8_t *)value->value.at; /* the arena's: ours to write */
    return (struct unpack){
        .at = at,
        .end = value->value.len > 0 ? at + value->value.len : at,
        .age_s = instant_s_between(value->stored, now),
    };
}

static uint8_t *take(struct unpack *unpack, size_t len)
{
    if (unpack->failed || len > (size_t)(unpack->end - unpack->at)) {
        unpack->failed = true;
        return NULL;
    }
    uint8_t *taken = unpack->at;
    unpack->at += len;
    return taken;
}

void unpack_octets(struct unpack *unpack, void *to, size_t len)
{
    const uint8_t *from = take(unpack, len);
    if (from == NULL)
        memset(to, 0, len);
    else if (len > 0)
        memcpy(to, from, len);
}

void unpack_name(struct unpack *unpack, struct name *name)
{
    uint8_t len;
    unpack_octets(unpack, &len, sizeof len);
    const uint8_t *octets = take(unpack, len);
    name->len = 0;
    name->labels = 0;
    if (octets != NULL && len > 0 && name_from_wire((struct bytes){ octets, len }, name) != ST_OK)
        unpack->failed = true;
}

void unpack_endpoints(struct unpack *unpack, struct endpoint *endpoints, size_t count)
{
    for (size_t i = 0; i < count; i++)
        unpack_octets(unpack, &endpoints[i], sizeof endpoints[i]);
}

void unpack_cause(struct unpack *unpack, struct cause *cause)
{
    uint8_t len;
    unpack_octets(unpack, &cause->why, sizeof cause->why);
    unpack_octets(unpack, &cause->type, sizeof cause->type);
    unpack_octets(unpack, &cause->key_tag, sizeof cause->key_tag);
    unpack_octets(unpack, &cause->algorithm, sizeof cause->algorithm);
    unpack_octets(unpack, &len, sizeof len);
    const uint8_t *text = take(unpack, len);
    memset(cause->text, 0, sizeof cause->text);
    if (text != NULL && len < sizeof cause->text)
        memcpy(cause->text, text, len);
    else
        unpack->failed = true;
}

/* Values begin where an arena's blocks do: a set that was packed at a multiple of 8 is aligned. */
static void skip_to_unit(struct unpack *unpack)
{
    (void)take(unpack, to_unit((uintptr_t)unpack->at));
}

struct rrset *unpack_set(struct unpack *unpack)
{
    uint32_t size;
    skip_to_unit(unpack);
    if (unpack->failed || (size_t)(unpack->end - unpack->at) < sizeof(struct rrset)) {
        unpack->failed = true;
        return NULL;
    }
    memcpy(&size, unpack->at + offsetof(struct rrset, size), sizeof size);
    void *block = take(unpack, size);
    if (block == NULL || !rrset_is_sound(block, size)) {
        unpack->failed = true;
        return NULL;
    }
    struct rrset *set = block;
    set->ttl = set->ttl > unpack->age_s ? set->ttl - unpack->age_s : 0;
    return set;
}

enum status unpack_sets(struct unpack *unpack, struct arena *arena, size_t count,
                        struct rrset ***sets)
{
    struct rrset **made = NULL;
    if (count > (size_t)(unpack->end - unpack->at) / sizeof(struct rrset))
        unpack->failed = true;
    if (count > 0 && !unpack->failed) {
        made = arena_array(arena, count, sizeof *made);
        if (made == NULL)
            return ST_LIMIT;
    }
    for (size_t i = 0; made != NULL && i < count; i++)
        made[i] = unpack_set(unpack);
    *sets = unpack->failed ? NULL : made;
    return ST_OK;
}
