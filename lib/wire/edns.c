#include "lib/wire/edns.h"

#include "lib/base/limits.h"
#include "lib/wire/type.h"

enum {
    OPT_OCTETS = 11,   /* root, type, class, ttl, length */
    OPTION_OCTETS = 4, /* code and length */
    EDE_CODE_OCTETS = 2,
    EDE_TEXT_LEAST = 32, /* of one that is cut: fewer tell nothing */
    UDP_OCTETS_LEAST = 512,
    COOKIE_CLIENT = 8,
    COOKIE_LEAST = 16,
    COOKIE_MOST = 40, /* RFC 7873 §4 */
    FLAG_DO = 0x8000, /* RFC 3225 §3 */
    FLAG_CO = 0x4000  /* RFC 9824 §5 */
};

/* ---- reading ---- */

static bool cookie_len_is_lawful(size_t len)
{
    return len == COOKIE_CLIENT || (len >= COOKIE_LEAST && len <= COOKIE_MOST);
}

static bool take_cookie(struct reader *value, struct edns *edns)
{
    if (edns->has_cookie) /* RFC 7873 §5.2: only the first is looked at */
        return true;
    size_t len = reader_left(value);
    edns->has_cookie = true;
    edns->cookie = (struct bytes){ value->at, len };
    return cookie_len_is_lawful(len);
}

static bool take_ede(struct reader *value, struct edns *edns)
{
    if (edns->has_ede)
        return true;
    edns->has_ede = true;
    edns->ede_code = reader_u16(value); /* RFC 8914 §2: the code is always there */
    return !value->failed;
}

/* RFC 7828 §3.1: no octets from a client, two from a server. */
static bool take_keepalive(struct reader *value, struct edns *edns)
{
    if (edns->has_keepalive)
        return true;
    edns->has_keepalive = true;
    return reader_left(value) == 0 || reader_left(value) == 2;
}

static bool take_option(uint16_t code, struct reader *value, struct edns *edns)
{
    switch (code) {
    case OPTION_COOKIE: return take_cookie(value, edns);
    case OPTION_EDE: return take_ede(value, edns);
    case OPTION_KEEPALIVE: return take_keepalive(value, edns);
    case OPTION_NSID: edns->has_nsid = true; return true;
    case OPTION_PADDING: edns->has_padding = true; return true;
    default: /* RFC 6891 §6.1.2: unknown options are ignored */ return true;
    }
}

/* False: of unlawful form, and then it has left no trace. */
static bool try_option(uint16_t code, struct reader *value, struct edns *edns)
{
    struct edns before = *edns;
    if (take_option(code, value, edns))
        return true;
    *edns = before;
    return false;
}

enum status edns_read(struct reader *r, uint16_t udp_octets, uint32_t ttl, enum edns_of of,
                      struct edns *edns)
{
    struct edns read = {
        .present = true,
        .extended_rcode = (uint8_t)(ttl >> 24),
        .version = (uint8_t)(ttl >> 16),
        .dnssec_ok = (ttl & FLAG_DO) != 0,
        .compact_ok = (ttl & FLAG_CO) != 0,
        .udp_octets = udp_octets < UDP_OCTETS_LEAST ? UDP_OCTETS_LEAST : udp_octets,
    };

    /* What stands in the options of another version we cannot know: it is to get BADVERS. */
    if (read.version != 0)
        reader_take(r, reader_left(r));
    while (reader_left(r) > 0) {
        uint16_t code = reader_u16(r);
        struct reader value = reader_part(r, reader_u16(r));
        if (value.failed || read.option_count++ == EDNS_OPTIONS_MAX ||
            (!try_option(code, &value, &read) && of == EDNS_OF_QUERY))
            return ST_MALFORMED;
    }
    if (r->failed)
        return ST_MALFORMED;
    *edns = read;
    return ST_OK;
}

/* ---- writing ---- */

static size_t writer_left(const struct writer *w)
{
    return w->failed ? 0 : w->size - w->len;
}

static void option_write(struct writer *w, uint16_t code, struct bytes value)
{
    if (value.len == 0 || OPTION_OCTETS + value.len > writer_left(w))
        return;
    writer_u16(w, code);
    writer_u16(w, (uint16_t)value.len);
    writer_octets(w, value);
}

/* The length of `text` cut to `most` octets, never inside a UTF-8 sequence (RFC 3629 §3). */
static size_t utf8_cut(const char *text, size_t most)
{
    size_t len = strnlen(text, EDE_TEXT_OCTETS);
    if (len <= most)
        return len;
    while (most > 0 && ((uint8_t)text[most] & 0xC0) == 0x80)
        most--;
    return most;
}

/* How much of the text goes into `room` octets. */
static size_t text_within(const char *text, size_t room)
{
    size_t len = utf8_cut(text, room);
    bool whole = len == strnlen(text, EDE_TEXT_OCTETS);
    return whole || len >= EDE_TEXT_LEAST ? len : 0;
}

/* Each text leaves room for the bare codes of the EDEs after it. */
static void edes_write(struct writer *w, const struct ede *edes, unsigned count)
{
    const size_t bare = OPTION_OCTETS + EDE_CODE_OCTETS;
    for (unsigned i = 0; i < count && writer_left(w) >= bare; i++) {
        size_t later = (count - i - 1) * bare, left = writer_left(w) - bare;
        size_t len = text_within(edes[i].text, left > later ? left - later : 0);
        writer_u16(w, OPTION_EDE);
        writer_u16(w, (uint16_t)(EDE_CODE_OCTETS + len));
        writer_u16(w, edes[i].code);
        writer_octets(w, (struct bytes){ (const uint8_t *)edes[i].text, len });
    }
}

bool edns_write(struct writer *w, const struct edns_out *out)
{
    if (writer_left(w) < OPT_OCTETS)
        return false;
    writer_u8(w, 0); /* the root */
    writer_u16(w, TYPE_OPT);
    writer_u16(w, out->udp_octets);
    writer_u16(w, (uint16_t)(out->rcode >> 4 << 8)); /* RFC 6891 §6.1.3; version 0 */
    writer_u16(w, out->dnssec_ok ? FLAG_DO : 0);

    size_t length_at = w->len;
    writer_u16(w, 0);
    const uint8_t keepalive[] = { (uint8_t)(out->keepalive >> 8), (uint8_t)out->keepalive };
    option_write(w, OPTION_COOKIE, out->cookie);
    option_write(w, OPTION_KEEPALIVE, (struct bytes){ keepalive, out->keepalive ? 2 : 0 });
    option_write(w, OPTION_NSID, out->nsid);
    edes_write(w, out->edes, out->ede_count < EDES_MAX ? out->ede_count : EDES_MAX);
    writer_u16_at(w, length_at, (uint16_t)(w->len - length_at - 2));
    return true;
}
