#include "resolver/anchor_xml.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { ATTRIBUTES_MAX = 4, DATE_OCTETS = sizeof "2010-07-15T00:00:00+00:00" - 1, ZONE_OCTETS = 6 };

struct attribute {
    struct bytes name, value;
};

struct tag {
    struct bytes name;
    bool closes;
    size_t count;
    struct attribute attributes[ATTRIBUTES_MAX];
};

/* at <= end; once `wrong` is set nothing is read any more. */
struct cursor {
    const char *start, *at, *end;
    const char *wrong;
};

/* ---- octets ---- */

static bool fail(struct cursor *c, const char *wrong)
{
    if (!c->wrong)
        c->wrong = wrong;
    return false;
}

static bool is_space(char octet)
{
    return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n';
}

static void skip_space(struct cursor *c)
{
    while (c->at < c->end && is_space(*c->at))
        c->at++;
}

static bool take(struct cursor *c, const char *text)
{
    size_t len = strlen(text);
    if (c->wrong || (size_t)(c->end - c->at) < len || memcmp(c->at, text, len) != 0)
        return false;
    c->at += len;
    return true;
}

static struct bytes take_name(struct cursor *c)
{
    const char *from = c->at;
    while (c->at < c->end && isalpha((unsigned char)*c->at))
        c->at++;
    return (struct bytes){ (const uint8_t *)from, (size_t)(c->at - from) };
}

/* Printable text up to `stop`, which is left; no entity and no tag within. */
static struct bytes take_until(struct cursor *c, char stop)
{
    const char *from = c->at;
    while (c->at < c->end && *c->at != stop && *c->at != '<' && *c->at != '&' &&
           (is_space(*c->at) || (*c->at > ' ' && *c->at <= '~')))
        c->at++;
    if (c->at == c->end || *c->at != stop)
        (void)fail(c, "plain text");
    return (struct bytes){ (const uint8_t *)from, (size_t)(c->at - from) };
}

static bool is(struct bytes text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

static struct bytes trimmed(struct bytes text)
{
    while (text.len > 0 && is_space((char)text.at[0])) {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && is_space((char)text.at[text.len - 1]))
        text.len--;
    return text;
}

/* ---- tags ---- */

static bool take_attribute(struct cursor *c, struct tag *tag)
{
    if (tag->count == ATTRIBUTES_MAX)
        return fail(c, "fewer attributes");
    struct attribute *one = &tag->attributes[tag->count++];
    one->name = take_name(c);
    if (one->name.len == 0 || !take(c, "=\""))
        return fail(c, "an attribute as in name=\"value\"");
    one->value = take_until(c, '"');
    return take(c, "\"") || fail(c, "the end of an attribute");
}

/* "<name a="b">" or "</name>", with space before it. */
static bool take_tag(struct cursor *c, struct tag *tag)
{
    *tag = (struct tag){ .count = 0 };
    skip_space(c);
    if (!take(c, "<"))
        return fail(c, "a tag");
    tag->closes = take(c, "/");
    tag->name = take_name(c);
    if (tag->name.len == 0)
        return fail(c, "the name of an element");
    skip_space(c);
    while (!c->wrong && !tag->closes && c->at < c->end && *c->at != '>') {
        if (!take_attribute(c, tag))
            return false;
        skip_space(c);
    }
    return take(c, ">") || fail(c, "the end of a tag");
}

static struct bytes attribute(const struct tag *tag, const char *name)
{
    for (size_t i = 0; i < tag->count; i++)
        if (is(tag->attributes[i].name, name))
            return tag->attributes[i].value;
    return (struct bytes){ NULL, 0 };
}

/* The text of an element whose first tag was read, and its last tag. */
static struct bytes take_text(struct cursor *c, struct bytes name)
{
    struct bytes text = take_until(c, '<');
    if (!take(c, "</") || !bytes_equal(take_name(c), name) || !take(c, ">"))
        (void)fail(c, "the end of the element");
    return trimmed(text);
}

/* ---- what stands in them ---- */

static bool number_of(const char *at, size_t digits, int64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < digits; i++) {
        if (at[i] < '0' || at[i] > '9')
            return false;
        *number = *number * 10 + (at[i] - '0');
    }
    return true;
}

/* "2010-07-15T00:00:00+00:00", or Z for the offset (XML Schema dateTime). */
static bool take_date(struct cursor *c, struct bytes text, struct unixtime *at)
{
    char plain[sizeof "20100715000000"];
    const char *date = (const char *)text.at;
    int64_t hours = 0, minutes = 0;
    bool zulu = text.len == 20 && date[19] == 'Z';

    if (!zulu && (text.len != DATE_OCTETS || (date[19] != '+' && date[19] != '-') ||
                  date[22] != ':' || !number_of(date + 20, 2, &hours) ||
                  !number_of(date + 23, 2, &minutes) || hours > 14 || minutes > 59))
        return fail(c, "a date such as 2010-07-15T00:00:00+00:00");
    if (date[4] != '-' || date[7] != '-' || date[10] != 'T' || date[13] != ':' || date[16] != ':')
        return fail(c, "a date such as 2010-07-15T00:00:00+00:00");
    (void)snprintf(plain, sizeof plain, "%.4s%.2s%.2s%.2s%.2s%.2s", date, date + 5, date + 8,
                   date + 11, date + 14, date + 17);
    if (!unixtime_parse(plain, at))
        return fail(c, "a date that exists");
    int64_t offset_s = (hours * 60 + minutes) * 60;
    at->s -= !zulu && date[19] == '-' ? -offset_s : offset_s;
    return true;
}

static bool take_field(struct cursor *c, const struct tag *tag, struct anchor_xml_digest *digest)
{
    const struct {
        const char *name;
        struct bytes *field;
    } fields[] = {
        { "KeyTag", &digest->tag },
        { "Algorithm", &digest->algorithm },
        { "DigestType", &digest->digest_type },
        { "Digest", &digest->digest },
        { "PublicKey", &digest->public_key },
        { "Flags", &digest->flags },
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (!is(tag->name, fields[i].name))
            continue;
        if (fields[i].field->at != NULL)
            return fail(c, "each element of a KeyDigest once");
        *fields[i].field = take_text(c, tag->name);
        return fields[i].field->len > 0 || fail(c, "an element that is not empty");
    }
    return fail(c, "an element of a KeyDigest (RFC 9718)");
}

static bool take_digest(struct cursor *c, const struct tag *first, struct anchor_xml_digest *digest)
{
    struct bytes until = attribute(first, "validUntil");
    struct tag tag;

    *digest = (struct anchor_xml_digest){ .id = attribute(first, "id") };
    if (!take_date(c, attribute(first, "validFrom"), &digest->from) ||
        (until.len > 0 && !take_date(c, until, &digest->until)))
        return false;
    while (take_tag(c, &tag) && !tag.closes)
        if (!take_field(c, &tag, digest))
            return false;
    if (c->wrong || !is(tag.name, "KeyDigest"))
        return fail(c, "the end of a KeyDigest");
    return (digest->tag.len && digest->algorithm.len && digest->digest_type.len &&
            digest->digest.len) ||
           fail(c, "KeyTag, Algorithm, DigestType and Digest");
}

static bool take_all(struct cursor *c, struct anchor_xml *xml)
{
    struct tag tag;

    if (take(c, "<?xml")) {
        (void)take_until(c, '?');
        if (!take(c, "?>"))
            return fail(c, "the end of the first line");
    }
    if (!take_tag(c, &tag) || tag.closes || !is(tag.name, "TrustAnchor"))
        return fail(c, "TrustAnchor");
    if (!take_tag(c, &tag) || tag.closes || !is(tag.name, "Zone"))
        return fail(c, "Zone");
    xml->zone = take_text(c, tag.name);
    while (take_tag(c, &tag) && !tag.closes) {
        if (!is(tag.name, "KeyDigest"))
            return fail(c, "KeyDigest");
        if (xml->count == ANCHOR_XML_MAX)
            return fail(c, "fewer digests");
        if (!take_digest(c, &tag, &xml->digests[xml->count++]))
            return false;
    }
    if (c->wrong || !is(tag.name, "TrustAnchor"))
        return fail(c, "the end of TrustAnchor");
    skip_space(c);
    return c->at == c->end || fail(c, "nothing after TrustAnchor");
}

enum status anchor_xml_read(struct bytes octets, struct anchor_xml *xml, char why[ANCHOR_XML_WHY])
{
    struct cursor c = { .start = (const char *)octets.at, .at = (const char *)octets.at };
    unsigned line = 1;

    *xml = (struct anchor_xml){ .count = 0 };
    c.end = c.start + octets.len;
    if (octets.len > ANCHOR_XML_OCTETS_MAX) {
        (void)snprintf(why, ANCHOR_XML_WHY, "it is longer than %d octets", ANCHOR_XML_OCTETS_MAX);
        return ST_LIMIT;
    }
    if (take_all(&c, xml) && !c.wrong)
        return ST_OK;
    for (const char *at = c.start; at < c.at; at++)
        line += *at == '\n';
    (void)snprintf(why, ANCHOR_XML_WHY, "line %u: expected %s", line, c.wrong);
    return ST_MALFORMED;
}

bool anchor_xml_valid(const struct anchor_xml_digest *digest, struct unixtime at)
{
    return digest->from.s <= at.s && (digest->until.s == 0 || at.s < digest->until.s);
}
