#include "lib/engine/exchange.h"

#include "lib/wire/type.h"

/* draft-vixie-dnsext-dns0x20: each letter's case is one more bit that a forger must guess. */
static void mix_case(struct name *name, struct prng *prng)
{
    uint8_t coins[32];
    unsigned at = 0, bit = 0;

    prng_fill(prng, coins, sizeof coins);
    while (at < name->len && name->octets[at] != 0) {
        unsigned end = at + 1u + name->octets[at];
        for (at++; at < end; at++, bit++) {
            uint8_t folded = name->octets[at] | 0x20;
            if (folded >= 'a' && folded <= 'z')
                name->octets[at] =
                    coins[bit / 8 % sizeof coins] >> bit % 8 & 1 ? folded : folded & 0xDF;
        }
    }
}

void exchange_draw(struct exchange *exchange, const struct name *name, uint16_t type,
                   struct prng *prng)
{
    exchange->id = prng_u16(prng);
    exchange->type = type;
    exchange->name = name_lower(name);
    if (exchange->mixed_case)
        mix_case(&exchange->name, prng);
}

size_t exchange_write(const struct exchange *exchange, uint8_t room[EXCHANGE_QUERY_OCTETS])
{
    struct writer w;
    struct header header = {
        .id = exchange->id,
        .flags = (uint16_t)((exchange->recursion_desired ? FLAG_RD : 0) |
                            (exchange->checking_disabled ? FLAG_CD : 0)),
        .counts = { 1, 0, 0, exchange->edns != EDNS_NONE },
    };
    struct question question = { exchange->name, exchange->type, CLASS_IN };
    struct edns_out edns = {
        .udp_octets = exchange->edns == EDNS_SMALL ? 512 : EDNS_UDP_OCTETS,
        .dnssec_ok = true, /* RFC 4035 §3.2.1 */
    };

    writer_init(&w, room, EXCHANGE_QUERY_OCTETS);
    header_write(&w, &header);
    question_write(&w, &question);
    if (exchange->edns != EDNS_NONE)
        (void)edns_write(&w, &edns);
    return w.len;
}

/* LIMITS A10, RULINGS A5: a reply without its question counts for these rcodes, or with TC. */
static enum match match_bare(const struct header *header)
{
    if (header->flags & FLAG_TC)
        return MATCH_TRUNCATED;
    switch (header_rcode(header)) {
    case RCODE_FORMERR:
    case RCODE_SERVFAIL:
    case RCODE_NOTIMP:
    case RCODE_REFUSED: return MATCH_BARE;
    default: return MATCH_WRONG;
    }
}

enum match exchange_match(struct exchange *exchange, struct bytes message)
{
    struct header header;
    struct reader r = reader_over(message);
    struct name name;
    uint16_t type, class;

    if (!header_read(message, &header) || header.id != exchange->id || !(header.flags & FLAG_QR) ||
        header_opcode(&header) != OPCODE_QUERY || header.counts[0] > 1)
        return MATCH_WRONG;
    exchange->bare = header.counts[0] == 0;
    if (exchange->bare)
        return match_bare(&header);
    (void)reader_take(&r, HEADER_OCTETS);
    reader_plain_name(&r, &name);
    type = reader_u16(&r);
    class = reader_u16(&r);
    if (r.failed || type != exchange->type || class != CLASS_IN ||
        !name_equal(&name, &exchange->name))
        return MATCH_WRONG;
    /* RFC 5452 §4.2 and 0x20: the question comes back octet for octet. */
    if (exchange->mixed_case && !name_identical(&name, &exchange->name)) {
        exchange->folded = exchange->via == VIA_TCP;
        if (!exchange->folded)
            return MATCH_CASE;
    }
    return header.flags & FLAG_TC ? MATCH_TRUNCATED : MATCH_ANSWER;
}
