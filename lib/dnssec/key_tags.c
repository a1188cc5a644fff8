#include "lib/dnssec/key_tags.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/dnssec/rfc5011.h"
#include "lib/dnssec/rrsig.h"
#include "lib/wire/type.h"

enum { TAG_DIGITS = 5 };

#define IS_TA  "root-key-sentinel-is-ta-"
#define NOT_TA "root-key-sentinel-not-ta-"

/* ---- the tags ---- */

static uint16_t tag_of(uint16_t type, struct bytes rdata)
{
    if (type == TYPE_DNSKEY)
        return dnskey_tag(rdata);
    return rdata.len < 2 ? 0 : (uint16_t)(rdata.at[0] << 8 | rdata.at[1]);
}

/* Keeps the order; a double adds nothing. Returns the new count. */
static size_t insert(uint16_t tags[KEY_TAGS_MAX], size_t count, uint16_t tag)
{
    size_t place = 0;

    while (place < count && tags[place] < tag)
        place++;
    if (count == KEY_TAGS_MAX || (place < count && tags[place] == tag))
        return count;
    memmove(&tags[place + 1], &tags[place], (count - place) * sizeof *tags);
    tags[place] = tag;
    return count + 1;
}

size_t key_tags(const struct anchor_set *anchors, const struct name *zone,
                uint16_t tags[KEY_TAGS_MAX])
{
    const struct rrset *sets[2];
    struct bytes rdata;
    size_t count = 0;

    anchor_find(anchors, zone, &sets[0], &sets[1]);
    for (unsigned i = 0; i < 2; i++) {
        if (!sets[i])
            continue;
        for (struct rrset_walk walk = rrset_records(sets[i]); rrset_next(&walk, &rdata);)
            if (!bytes_equal(rdata, rfc5011_nobody()))
                count = insert(tags, count, tag_of(sets[i]->type, rdata));
    }
    return count;
}

/* ---- RFC 8145 ---- */

bool key_tags_name(const struct anchor_set *anchors, const struct name *zone, struct name *told)
{
    char text[NAME_TEXT + LABEL_OCTETS_MAX + 2], apex[NAME_TEXT];
    uint16_t tags[KEY_TAGS_MAX];
    size_t count = key_tags(anchors, zone, tags), len;

    if (count == 0)
        return false;
    len = (size_t)snprintf(text, sizeof text, "_ta");
    for (size_t i = 0; i < count && i < KEY_TAGS_TOLD; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "-%04x", tags[i]);
    (void)name_text(zone, apex, sizeof apex);
    (void)snprintf(text + len, sizeof text - len, "%s%s", apex[0] == '.' ? "" : ".", apex);
    return name_from_text(text, told) == ST_OK;
}

/* ---- RFC 8509 ---- */

/* The label is `word` in any case and five digits, a key tag. */
static bool asks(const struct name *name, const char *word, uint16_t *tag)
{
    char label[LABEL_OCTETS_MAX + 1];
    size_t len = strlen(word);
    uint32_t value = 0;

    if (name->len == 0 || name->octets[0] != len + TAG_DIGITS)
        return false;
    memcpy(label, name->octets + 1, len + TAG_DIGITS);
    label[len + TAG_DIGITS] = '\0';
    if (strncasecmp(label, word, len) != 0)
        return false;
    for (const char *at = label + len; *at; at++) {
        if (*at < '0' || *at > '9')
            return false;
        value = value * 10 + (uint32_t)(*at - '0');
    }
    *tag = (uint16_t)value;
    return value <= UINT16_MAX;
}

static bool is_trusted(const struct anchor_set *anchors, uint16_t tag)
{
    uint16_t tags[KEY_TAGS_MAX];
    size_t count = key_tags(anchors, &name_root, tags);

    for (size_t i = 0; i < count; i++)
        if (tags[i] == tag)
            return true;
    return false;
}

bool key_tags_deny(const struct anchor_set *anchors, const struct name *name, uint16_t type)
{
    uint16_t tag;

    if (type != TYPE_A && type != TYPE_AAAA)
        return false;
    if (asks(name, IS_TA, &tag))
        return !is_trusted(anchors, tag);
    return asks(name, NOT_TA, &tag) && is_trusted(anchors, tag);
}
