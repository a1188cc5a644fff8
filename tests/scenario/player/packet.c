#include "tests/scenario/player/packet.h"

#include "lib/wire/type.h"

enum {
    CLIENT_UDP_OCTETS = 4096,
    OPT_DO = 0x8000,
    SUBNET_SOURCE = 2, /* offsets in the option of RFC 7871 §6 */
    SUBNET_SCOPE = 3,
    CLIENT_COOKIE = 8,
    SERVER_COOKIE = 24,
    OPTIONS_MAX = 4096 /* of a question that are copied */
};

/* ---- options ---- */

static bool skip_questions(struct reader *r, unsigned count)
{
    struct name name;
    for (; count > 0 && !r->failed; count--) {
        reader_name(r, &name);
        (void)reader_take(r, 4);
    }
    return !r->failed;
}

/* The OPT record's flags and options; false: there is none. */
static bool find_opt(struct bytes message, uint32_t *flags, struct bytes *options)
{
    struct reader r = reader_over(message);
    struct header header;
    struct name owner;

    if (!header_read(message, &header) || !reader_take(&r, HEADER_OCTETS) ||
        !skip_questions(&r, header.counts[0]))
        return false;
    unsigned records = (unsigned)header.counts[1] + header.counts[2] + header.counts[3];
    for (; records > 0 && !r.failed; records--) {
        reader_name(&r, &owner);
        uint16_t type = reader_u16(&r);
        (void)reader_take(&r, 2);
        *flags = reader_u32(&r);
        uint16_t len = reader_u16(&r);
        const uint8_t *rdata = reader_take(&r, len);
        *options = (struct bytes){ rdata, len };
        if (rdata && type == TYPE_OPT)
            return true;
    }
    return false;
}

struct bytes packet_options(struct bytes message)
{
    struct bytes options;
    uint32_t flags;

    return find_opt(message, &flags, &options) ? options : (struct bytes){ NULL, 0 };
}

bool packet_option(struct bytes options, uint16_t code, struct bytes *value)
{
    struct reader r = reader_over(options);

    while (reader_left(&r) >= 4) {
        uint16_t found = reader_u16(&r), len = reader_u16(&r);
        const uint8_t *at = reader_take(&r, len);
        if (at && found == code) {
            *value = (struct bytes){ at, len };
            return true;
        }
    }
    return false;
}

/* ---- writing ---- */

static void write_opt(struct writer *w, uint16_t size, uint32_t flags, struct bytes options)
{
    writer_u8(w, 0);
    writer_u16(w, TYPE_OPT);
    writer_u16(w, size);
    writer_u32(w, flags);
    writer_u16(w, (uint16_t)options.len);
    writer_octets(w, options);
}

static void write_record(struct writer *w, const struct text_record *record)
{
    writer_name(w, &record->owner);
    writer_u16(w, record->type);
    writer_u16(w, record->class);
    writer_u32(w, record->ttl);
    rdata_write(w, record->type, record->rdata);
}

static uint16_t write_section(struct writer *w, const struct script_record *record)
{
    uint16_t count = 0;
    for (; record; record = record->next, count++)
        write_record(w, &record->record);
    return count;
}

static size_t write_message(const struct script_packet *packet, const struct question *question,
                            uint16_t id, struct writer *w)
{
    struct header header = { .id = id, .flags = packet->flags };
    uint16_t counts[4] = { question != NULL, 0, 0, 0 };

    header_write(w, &header);
    if (question)
        question_write(w, question);
    for (unsigned i = 0; i < SECTIONS; i++)
        counts[i + 1] = write_section(w, packet->sections[i]);
    message_counts_write(w, counts);
    return w->failed ? 0 : w->len;
}

static size_t end_with_opt(struct writer *w, uint32_t flags, uint16_t size, struct bytes options)
{
    write_opt(w, size, flags, options);
    if (!w->failed)
        writer_u16_at(w, 10, (uint16_t)((w->at_start[10] << 8 | w->at_start[11]) + 1));
    return w->failed ? 0 : w->len;
}

static uint32_t opt_flags(const struct script_packet *packet)
{
    return packet->dnssec_ok ? OPT_DO : 0;
}

size_t packet_question(const struct script_packet *packet, uint16_t id, uint8_t *room)
{
    struct writer w;

    writer_init(&w, room, MESSAGE_OCTETS_MAX);
    size_t len = write_message(packet, packet->has_question ? &packet->question : NULL, id, &w);
    return packet->dnssec_ok || packet->has_options
               ? end_with_opt(&w, opt_flags(packet), CLIENT_UDP_OCTETS, packet->options)
               : len;
}

/* ---- replies ---- */

/* RFC 7871 §7.2.1: the scope that the server used, here as much as the question told. */
static struct bytes subnet_options(const struct script_entry *entry, struct bytes options,
                                   uint8_t *room)
{
    struct bytes subnet;

    if (!packet_option(options, OPTION_CLIENT_SUBNET, &subnet) || subnet.len < 4 || !options.at ||
        options.len > OPTIONS_MAX)
        return options;
    memcpy(room, options.at, options.len);
    uint8_t *copied = room + (subnet.at - options.at);
    copied[SUBNET_SCOPE] = copied[SUBNET_SOURCE];
    if (entry->adjust & ADJUST_INCREMENT_SCOPE)
        copied[SUBNET_SCOPE]++;
    return (struct bytes){ room, options.len };
}

/* RFC 7873 §5.2.3: the client's cookie and sixteen octets of the server's own. */
static struct bytes cookie_options(struct bytes options, uint8_t *room)
{
    struct bytes cookie;

    if (!packet_option(options, OPTION_COOKIE, &cookie) || cookie.len < CLIENT_COOKIE)
        return (struct bytes){ NULL, 0 };
    memset(room, 0, 4 + SERVER_COOKIE);
    room[1] = OPTION_COOKIE;
    room[3] = SERVER_COOKIE;
    memcpy(room + 4, cookie.at, CLIENT_COOKIE);
    return (struct bytes){ room, 4 + SERVER_COOKIE };
}

static struct bytes reply_options(const struct script_entry *entry,
                                  const struct script_packet *packet, struct bytes query,
                                  uint8_t *room)
{
    if (entry->adjust & ADJUST_COPY_SUBNET)
        return subnet_options(entry, packet_options(query), room);
    if (entry->adjust & ADJUST_SERVER_COOKIE)
        return cookie_options(packet_options(query), room);
    return packet->options;
}

static bool query_question(struct bytes query, struct question *question)
{
    struct reader r = reader_over(query);

    (void)reader_take(&r, HEADER_OCTETS);
    reader_name(&r, &question->name);
    question->type = reader_u16(&r);
    question->class = reader_u16(&r);
    return !r.failed;
}

static size_t copy_edns(struct writer *w, const struct script_packet *packet, struct bytes query,
                        size_t len)
{
    struct bytes options;
    uint32_t flags;

    return find_opt(query, &flags, &options)
               ? end_with_opt(w, flags & OPT_DO, EDNS_UDP_OCTETS, packet->options)
               : len;
}

static void copy_id(const struct script_entry *entry, struct bytes query, uint8_t *room)
{
    if (entry->adjust & ADJUST_COPY_ID)
        memcpy(room, query.at, 2);
}

size_t packet_reply(const struct script_entry *entry, const struct script_packet *packet,
                    struct bytes query, uint8_t *room)
{
    struct question asked;
    const struct question *question = packet->has_question ? &packet->question : NULL;
    uint8_t options_room[OPTIONS_MAX];
    struct writer w;

    if (packet->is_hex) {
        memcpy(room, packet->hex.at, packet->hex.len);
        if (packet->hex.len >= 2)
            copy_id(entry, query, room);
        return packet->hex.len;
    }
    if (entry->adjust & ADJUST_COPY_QUERY && query_question(query, &asked))
        question = &asked;
    writer_init(&w, room, MESSAGE_OCTETS_MAX);
    size_t len = write_message(packet, question, 0, &w);
    struct bytes options = reply_options(entry, packet, query, options_room);
    if (entry->adjust & ADJUST_COPY_EDNS) {
        len = copy_edns(&w, packet, query, len);
    } else if (packet->dnssec_ok || packet->has_options || options.len > 0) {
        len = end_with_opt(&w, opt_flags(packet), EDNS_UDP_OCTETS, options);
    }
    copy_id(entry, query, room);
    return len;
}
