#include "lib/wire/shorten.h"

#include "lib/wire/message.h"
#include "lib/wire/type.h"

enum { OPT_OCTETS = 11, ADDITIONAL_AT = 10 };

struct opt {
    bool found;
    uint16_t udp_octets;
    uint32_t ttl; /* the rcode's upper bits, version, flags: RFC 6891 §6.1.3 */
};

static struct opt find_opt(struct reader *r, const struct header *header)
{
    unsigned records = (unsigned)header->counts[1] + header->counts[2] + header->counts[3];
    struct opt opt = { .found = false };

    for (unsigned i = 0; i < records && !r->failed && !opt.found; i++) {
        struct name owner;
        reader_name(r, &owner);
        uint16_t type = reader_u16(r), class = reader_u16(r);
        uint32_t ttl = reader_u32(r);
        (void)reader_take(r, reader_u16(r));
        if (type == TYPE_OPT && !r->failed)
            opt = (struct opt){ true, class, ttl };
    }
    return opt;
}

static bool asks_for_tcp(const struct header *header)
{
    unsigned rcode = header->flags & 15;
    return rcode == RCODE_NOERROR || rcode == RCODE_NXDOMAIN || rcode == RCODE_YXDOMAIN;
}

static void opt_write(struct writer *w, const struct opt *opt)
{
    writer_u8(w, 0);
    writer_u16(w, TYPE_OPT);
    writer_u16(w, opt->udp_octets);
    writer_u32(w, opt->ttl);
    writer_u16(w, 0);
}

size_t shorten(uint8_t *message, size_t octets, size_t limit)
{
    struct reader r = reader_over((struct bytes){ message, octets });
    struct header header;
    struct writer w;
    struct name name;

    if (!header_read((struct bytes){ message, octets }, &header) || header.counts[0] > 1)
        return 0;
    (void)reader_take(&r, HEADER_OCTETS);
    if (header.counts[0] == 1) {
        reader_plain_name(&r, &name);
        (void)reader_take(&r, 2 + 2); /* type, class */
    }
    size_t kept = reader_offset(&r);
    if (r.failed || kept > limit)
        return 0;
    struct opt opt = find_opt(&r, &header);
    writer_init(&w, message, limit);
    w.len = kept;
    header.flags &= (uint16_t)~FLAG_AD; /* RFC 6840 §5.8: nothing is left that it could be about */
    writer_u16_at(&w, 2, (uint16_t)(header.flags | (asks_for_tcp(&header) ? FLAG_TC : 0)));
    message_counts_write(&w, (uint16_t[4]){ header.counts[0], 0, 0, 0 });
    if (opt.found && kept + OPT_OCTETS <= limit) {
        opt_write(&w, &opt);
        writer_u16_at(&w, ADDITIONAL_AT, 1);
    }
    return w.len;
}
