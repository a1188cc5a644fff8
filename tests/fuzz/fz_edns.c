/* fz_edns - two octets of class, four of ttl, then options: read; and the same octets as what we
 * are to write, into every size: it reads back. */
#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/wire/edns.h"

enum { FIXED_OCTETS = 6, OPT_OCTETS = 11, ROOM_OCTETS = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void read_in(struct bytes options, uint16_t udp_octets, uint32_t ttl)
{
    struct edns edns;
    struct reader r = reader_over(options);
    if (edns_read(&r, udp_octets, ttl, EDNS_OF_QUERY, &edns) != ST_OK)
        return;
    require(edns.present && edns.udp_octets >= 512);
    require(edns.option_count <= EDNS_OPTIONS_MAX);
    require(!edns.has_cookie || edns.cookie.len == 8 ||
            (edns.cookie.len >= 16 && edns.cookie.len <= 40));
    if (edns.has_cookie)
        require(edns.cookie.at >= options.at &&
                edns.cookie.at + edns.cookie.len <= options.at + options.len);
    require(reader_left(&r) == 0 && !r.failed);
}

/* What `out` makes in a room of `size` octets is an OPT that fits and reads back. */
static void write_out(const struct edns_out *out, size_t size)
{
    uint8_t room[ROOM_OCTETS];
    struct writer w;
    struct edns edns;

    writer_init(&w, room, size);
    bool wrote = edns_write(&w, out);
    require(wrote == (size >= OPT_OCTETS));
    require(!w.failed && (wrote || w.len == 0));
    if (!wrote)
        return;
    struct reader r = reader_over((struct bytes){ room, w.len });
    reader_take(&r, 5);
    uint32_t ttl = reader_u32(&r);
    require(reader_u16(&r) == reader_left(&r));
    require(edns_read(&r, out->udp_octets, ttl, EDNS_OF_QUERY, &edns) == ST_OK);
    require(edns.dnssec_ok == out->dnssec_ok && edns.extended_rcode == (uint8_t)(out->rcode >> 4));
    require(!edns.has_ede || edns.ede_code == out->edes[0].code);
}

static void write_some(struct bytes options, uint16_t udp_octets, uint32_t ttl)
{
    struct ede edes[EDES_MAX];
    size_t each =
        options.len / EDES_MAX < EDE_TEXT_OCTETS ? options.len / EDES_MAX : EDE_TEXT_OCTETS;
    for (unsigned i = 0; i < EDES_MAX; i++) {
        edes[i].code = (uint16_t)(ttl + i);
        if (each > 0)
            memcpy(edes[i].text, options.at + i * each, each);
        edes[i].text[each] = '\0';
    }
    struct edns_out out = { .udp_octets = udp_octets,
                            .rcode = ttl & 0xFFF,
                            .dnssec_ok = (ttl & 0x8000) != 0,
                            .keepalive = (uint16_t)(ttl >> 16),
                            .edes = edes,
                            .ede_count = ttl % (EDES_MAX + 1) };
    if (options.len >= 16)
        out.cookie = (struct bytes){ options.at, 16 };
    out.nsid = (struct bytes){ options.at, options.len < 64 ? options.len : 64 };
    for (size_t size = 0; size <= ROOM_OCTETS; size += size < 64 ? 1 : 37)
        write_out(&out, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_over((struct bytes){ data, size });
    uint16_t udp_octets = reader_u16(&r);
    uint32_t ttl = reader_u32(&r);
    if (r.failed)
        return 0;
    struct bytes options = { data + FIXED_OCTETS, size - FIXED_OCTETS };
    read_in(options, udp_octets, ttl);
    write_some(options, udp_octets, ttl);
    return 0;
}
