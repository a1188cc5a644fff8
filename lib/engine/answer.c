#include "lib/engine/answer.h"

#include <assert.h>

#include "lib/base/must.h"
#include "lib/dnssec/bitmap.h"
#include "lib/dnssec/key_tags.h"
#include "lib/dnssec/nsec.h"
#include "lib/engine/tell.h"
#include "lib/wire/type.h"

enum {
    OPT_OCTETS = 11, /* RFC 6891 §6.1.2, without options */
    COOKIE_OPTION_OCTETS = 4 + COOKIE_OCTETS,
    KEEPALIVE_OPTION_OCTETS = 4 + 2,
    NSID_OPTION_OCTETS = 4, /* and the NSID */
    QUESTION_REST = 4,      /* type and class */
    HEADER_COUNTS_AT = 4    /* RFC 1035 §4.1.1 */
};

/* ---- which sets are shown, and where ---- */

static bool is_negative(const struct link *link)
{
    return link->kind == REPLY_NODATA || link->kind == REPLY_NXDOMAIN;
}

static bool was_judged(const struct link *link)
{
    return link->security != SEC_UNCHECKED && link->why != WHY_NOT_VALIDATED;
}

/* LIMITS C7: of a judged link nothing goes out that no proof needed or that is bogus. */
static bool may_go_out(const struct link *link, const struct rrset *set)
{
    if (!was_judged(link))
        return true;
    if (link->security == SEC_SECURE)
        return set->security == SEC_SECURE;
    if (link->opt_out)
        return set->security > SEC_BOGUS;
    return set->security != SEC_BOGUS;
}

/* RFC 2308 §3: the SOA with every absence. RFC 4035 §3.1.3: proofs of absences and for wildcards;
 * whether there was a wildcard only the validator knows. All else is left out (SPEC R8). */
static bool belongs_in_authority(const struct answer_input *input, const struct link *link,
                                 const struct rrset *set)
{
    if (set->type == TYPE_SOA)
        return is_negative(link);
    if (!input->dnssec_ok || (set->type != TYPE_NSEC && set->type != TYPE_NSEC3))
        return false;
    return is_negative(link) || link->wildcard || link->security != SEC_SECURE;
}

static bool is_wanted(const struct answer_input *input, enum section section,
                      const struct link *link, const struct rrset *set)
{
    return may_go_out(link, set) &&
           (section == SECTION_ANSWER || belongs_in_authority(input, link, set));
}

struct sets {
    struct rrset *const *at;
    unsigned count;
};

static struct sets sets_of(const struct link *link, enum section section)
{
    return section == SECTION_ANSWER ? (struct sets){ link->answer, link->answer_count }
                                     : (struct sets){ link->authority, link->authority_count };
}

/* One DNAME may serve two links, one NSEC3 two proofs: what stands in an earlier link's part is not
 * written again. */
static bool stands_before(const struct answer_input *input, enum section section, unsigned link,
                          const struct rrset *set)
{
    struct name owner = rrset_owner(set);

    for (unsigned i = 0; i < link; i++) {
        struct sets sets = sets_of(input->links[i], section);
        for (unsigned j = 0; j < sets.count; j++)
            if (sets.at[j]->type == set->type && rrset_owner_is(sets.at[j], &owner) &&
                is_wanted(input, section, input->links[i], sets.at[j]))
                return true;
    }
    return false;
}

/* ---- writing records ---- */

struct rendering {
    struct writer w;
    const struct answer_input *input;
    struct answer_rendering *out;
    uint16_t counts[4];
};

static void ttl_write(struct rendering *r, uint32_t ttl)
{
    struct answer_rendering *out = r->out;

    if (out->message.ttl_count == ANSWER_TTLS_MAX)
        out->cacheable = false;
    else
        out->ttl_at[out->message.ttl_count++] = (uint16_t)r->w.len;
    if (ttl < out->ttl_s)
        out->ttl_s = ttl;
    writer_u32(&r->w, ttl);
}

struct records {
    struct name owner;
    uint16_t type;
    uint32_t ttl;
};

static void records_write(struct rendering *r, const struct records *records,
                          struct rrset_walk walk)
{
    struct bytes rdata;

    while (!r->w.failed && rrset_next(&walk, &rdata)) {
        writer_name(&r->w, &records->owner);
        writer_u16(&r->w, records->type);
        writer_u16(&r->w, CLASS_IN);
        ttl_write(r, records->ttl);
        rdata_write(&r->w, records->type, rdata);
    }
}

/* Returns how many records. A client keeps no set longer than we do. */
static unsigned set_write(struct rendering *r, const struct link *link, const struct rrset *set)
{
    struct records records = { rrset_owner(set), set->type, set->ttl };

    if (link->ttl_s < set->ttl)
        records.ttl = link->ttl_s;
    records_write(r, &records, rrset_records(set));
    if (!r->input->dnssec_ok)
        return set->rr_count;
    records.type = TYPE_RRSIG;
    records_write(r, &records, rrset_signatures(set));
    return (unsigned)set->rr_count + set->sig_count;
}

static void section_write(struct rendering *r, enum section section)
{
    const struct answer_input *input = r->input;

    for (unsigned i = 0; i < input->link_count; i++) {
        const struct link *link = input->links[i];
        struct sets sets = sets_of(link, section);
        for (unsigned j = 0; j < sets.count && !r->w.failed; j++)
            if (is_wanted(input, section, link, sets.at[j]) &&
                !stands_before(input, section, i, sets.at[j]))
                r->counts[1 + section] += (uint16_t)set_write(r, link, sets.at[j]);
    }
}

/* ---- what the whole answer is worth ---- */

/* RFC 8914 §4: an insecure answer says why where there is a code for it. */
static uint16_t why_of(const struct answer_input *input)
{
    for (unsigned i = 0; i < input->link_count; i++) {
        const struct link *link = input->links[i];
        if (link->security == SEC_INSECURE && why_row((enum why)link->why)->ede >= 0)
            return link->why;
    }
    return WHY_NONE;
}

/* RFC 6840 §5.8, RFC 5155 §9.2, RULINGS A15: the status decides, not the records left in; but an
 * answer with nothing in it proves nothing. */
static void judge(struct rendering *r)
{
    const struct answer_input *input = r->input;
    struct answer_rendering *out = r->out;
    bool opt_out = false;

    out->message.security = SEC_SECURE;
    out->why = WHY_SECURE;
    for (unsigned i = 0; i < input->link_count; i++) {
        const struct link *link = input->links[i];
        opt_out = opt_out || link->opt_out;
        if (link->security < out->message.security) {
            out->message.security = link->security;
            out->why = link->why;
        }
        if (link->ttl_s < out->ttl_s)
            out->ttl_s = link->ttl_s;
    }
    out->message.secure =
        out->message.security == SEC_SECURE && !opt_out && r->counts[1] + r->counts[2] > 0;
    out->message.why = why_of(input);
}

/* What no message can hold goes out as a question with TC, over TCP too, as BIND and Unbound do:
 * whoever asks learns that there is more than fits (RFC 1035 §4.1.1, RFC 2181 §9). */
static void truncate(struct rendering *r, struct header *header)
{
    struct answer_rendering *out = r->out;

    header->flags |= FLAG_TC;
    out->cacheable = false;
    out->message.ttl_count = 0;
    r->counts[1] = r->counts[2] = 0;
    r->w.failed = false;
    r->w.len = out->message.question_end;
    writer_u16_at(&r->w, 2, header->flags);
}

/* RFC 9824 §3.1: a proven NODATA whose own NSEC says that there is no such name. */
static bool says_nxname(const struct link *link)
{
    if (link->kind != REPLY_NODATA || link->security != SEC_SECURE)
        return false;
    for (unsigned i = 0; i < link->authority_count; i++) {
        const struct rrset *set = link->authority[i];
        struct nsec nsec;
        if (set->type == TYPE_NSEC && set->security == SEC_SECURE &&
            rrset_owner_is(set, &link->name) && nsec_read(set, &name_root, &nsec))
            return bitmap_has(nsec.bitmap, TYPE_NXNAME);
    }
    return false;
}

enum status answer_render(const struct answer_input *input, struct answer_rendering *out)
{
    struct rendering r = { .input = input, .out = out };
    struct header header = { .flags = FLAG_QR | FLAG_RA };

    if (!must(input->link_count > 0))
        return ST_NOTFOUND;
    /* RFC 6604 §3: the rcode is that of the last name in the chain. */
    header.flags |= input->links[input->link_count - 1]->rcode & 15;
    if (input->links[0]->local) /* RFC 1035 §4.1.1: AA is about the first owner name */
        header.flags |= FLAG_AA;
    out->cacheable = input->links[input->link_count - 1]->rcode != RCODE_YXDOMAIN; /* LIMITS B5 */
    out->ttl_s = UINT32_MAX;
    out->message.ttl_count = 0;
    writer_init(&r.w, out->message.octets, out->message.size);
    header_write(&r.w, &header);
    question_write(&r.w, input->question);
    if (r.w.failed)
        return ST_LIMIT;
    out->message.question_end = (uint16_t)r.w.len;
    out->message.nxname = says_nxname(input->links[input->link_count - 1]);
    section_write(&r, SECTION_ANSWER);
    section_write(&r, SECTION_AUTHORITY);
    if (r.w.failed)
        truncate(&r, &header);
    r.counts[0] = 1;
    message_counts_write(&r.w, r.counts);
    judge(&r);
    out->message.len = r.w.len;
    out->message.ttl_at = out->ttl_at;
    return ST_OK;
}

/* ---- addresses go round (SPEC C13) ---- */

/* Records of one address set that stand side by side in equal length, so that any order will do. */
struct run {
    uint8_t *at;
    size_t record_octets;
    unsigned count;
};

static void reverse(uint8_t *from, uint8_t *end)
{
    while (from < end && from < --end) {
        uint8_t octet = *from;
        *from++ = *end;
        *end = octet;
    }
}

static void run_rotate(const struct run *run, uint16_t rotation)
{
    if (run->count < 2)
        return;
    uint8_t *end = run->at + run->count * run->record_octets;
    uint8_t *first = run->at + rotation % run->count * run->record_octets;

    reverse(run->at, first);
    reverse(first, end);
    reverse(run->at, end);
}

/* The record at the reader; of length 0 unless it is an address with a pointer for its owner. */
static struct run record_next(struct reader *r, uint8_t *message)
{
    size_t begin = reader_offset(r);
    uint8_t label = reader_u8(r);
    bool points = label >= POINTER_TAG;

    for (; label > 0 && label < POINTER_TAG && !r->failed; label = reader_u8(r))
        (void)reader_take(r, label);
    if (label >= POINTER_TAG)
        (void)reader_u8(r);
    uint16_t type = reader_u16(r);
    (void)reader_take(r, 2 + 4); /* class, TTL */
    (void)reader_take(r, reader_u16(r));
    bool address = points && (type == TYPE_A || type == TYPE_AAAA);
    return (struct run){ message + begin, address ? reader_offset(r) - begin : 0, 1 };
}

/* The owners' pointers, the types and the classes are alike. */
static bool continues(const struct run *run, const struct run *record)
{
    return run->count > 0 && record->record_octets > 0 &&
           record->record_octets == run->record_octets && memcmp(run->at, record->at, 6) == 0;
}

static bool may_rotate(uint16_t asked)
{
    return asked == TYPE_A || asked == TYPE_AAAA || asked == TYPE_ANY;
}

static void addresses_rotate(uint8_t *message, size_t len, uint16_t rotation)
{
    struct reader r = reader_over((struct bytes){ message, len });
    struct run run = { .count = 0 };
    struct header header;

    if (!header_read((struct bytes){ message, len }, &header))
        return;
    reader_take(&r, HEADER_OCTETS);
    for (uint8_t label = reader_u8(&r); label > 0 && !r.failed; label = reader_u8(&r))
        reader_take(&r, label);
    reader_take(&r, QUESTION_REST);
    for (unsigned i = 0; i < header.counts[1] && !r.failed; i++) {
        struct run record = record_next(&r, message);
        if (continues(&run, &record)) {
            run.count++;
        } else {
            run_rotate(&run, rotation);
            run = record;
        }
    }
    if (!r.failed)
        run_rotate(&run, rotation);
}

/* ---- this client's own ---- */

static bool opt_write(struct writer *w, const struct client_question *question,
                      const struct edns_out *as)
{
    struct edns_out out = *as;

    if (!question->edns.present) /* RFC 6891 §6.1.1: only to those who sent one */
        return false;
    out.udp_octets = EDNS_UDP_OCTETS;
    out.dnssec_ok = question->edns.dnssec_ok; /* RFC 3225 §3 */
    if (question->shown != SHOWN_NONE)        /* RFC 7873 §5.2.3 */
        out.cookie = (struct bytes){ question->cookie, sizeof question->cookie };
    out.keepalive = question->keepalive;
    return edns_write(w, &out);
}

/* RFC 6840 §5.7, §5.8: AD for those who set AD or DO, and left the checking to us. */
static uint16_t flags_for(const struct rendered *rendered, const struct client_question *question)
{
    uint16_t given = (uint16_t)(rendered->octets[2] << 8 | rendered->octets[3]);
    uint16_t asked = question->header.flags;
    bool wants_ad = (asked & FLAG_AD || question->edns.dnssec_ok) && !(asked & FLAG_CD);

    /* RFC 9824 §5, RULINGS A38: a validator would see a record of the name beside it. */
    if (rendered->nxname && (!question->edns.dnssec_ok || question->edns.compact_ok))
        given = (uint16_t)((given & ~15u) | RCODE_NXDOMAIN);
    return (uint16_t)((given & (FLAG_QR | FLAG_AA | FLAG_TC | FLAG_RA | 15)) |
                      (asked & (FLAG_RD | FLAG_CD)) | (rendered->secure && wants_ad ? FLAG_AD : 0));
}

/* RFC 5001 has no rule for what to do without: it gives way before the data, and what went out with
 * TC for lack of room grows by it no further than to the length of what asked (LIMITS 4.2). */
static struct bytes nsid_within(size_t most, size_t octets, struct bytes nsid)
{
    return octets + NSID_OPTION_OCTETS + nsid.len <= most ? nsid : (struct bytes){ NULL, 0 };
}

/* RFC 2181 §9, SPEC R8: what does not fit is not there at all. EDE gives way before the data. */
size_t answer_finish(const struct rendered *rendered, const struct answer_finish *finish)
{
    const struct client_question *question = finish->question;
    const struct name *name = &question->question.name;
    struct edns_out edns = { .edes = finish->edes, .ede_count = finish->ede_count };
    size_t limit = question->udp_octets;
    size_t opt = (question->edns.present ? OPT_OCTETS : 0u) +
                 (question->shown != SHOWN_NONE ? COOKIE_OPTION_OCTETS : 0u) +
                 (question->keepalive ? KEEPALIVE_OPTION_OCTETS : 0u);
    uint16_t flags = flags_for(rendered, question);
    uint8_t *message = finish->room.at;
    struct writer w;

    assert(finish->room.size >= ANSWER_ROOM_MIN);
    if (limit > finish->room.size)
        limit = finish->room.size;
    bool whole = rendered->len + opt <= limit;
    writer_init(&w, message, limit);
    w.len = whole ? rendered->len : rendered->question_end;
    memmove(message, rendered->octets, w.len);
    if (must(rendered->question_end == HEADER_OCTETS + name->len + QUESTION_REST))
        memcpy(message + HEADER_OCTETS, name->octets, name->len);
    if (whole && may_rotate(question->question.type)) {
        addresses_rotate(message, w.len, finish->rotation);
    } else if (!whole) {
        flags = (uint16_t)((flags & ~FLAG_AD) | FLAG_TC);
        message_counts_write(&w, (uint16_t[4]){ 1, 0, 0, 0 });
    }
    writer_u16_at(&w, 0, question->header.id);
    writer_u16_at(&w, 2, flags);
    edns.nsid = nsid_within(whole ? limit : question->octets, w.len + opt, question->nsid);
    if (opt_write(&w, question, &edns))
        writer_u16_at(&w, HEADER_COUNTS_AT + 2 * 3, 1);
    return w.len;
}

/* ---- errors ---- */

static unsigned edes_from(const struct answer_error *error, struct ede edes[EDES_MAX])
{
    unsigned count = 0;

    for (unsigned i = 0; i < error->cause_count && count < EDES_MAX; i++) {
        const struct why_row *row = why_row((enum why)error->causes[i].why);
        if (row->ede < 0)
            continue;
        edes[count].code = (uint16_t)row->ede;
        (void)cause_text(&error->causes[i], edes[count].text, sizeof edes[count].text);
        count++;
    }
    return count;
}

size_t answer_error(const struct client_question *question, const struct answer_error *error,
                    struct room room)
{
    struct ede edes[EDES_MAX];
    struct edns_out edns = { .rcode = error->rcode, .nsid = question->nsid, .edes = edes };
    bool has_question = question->question.name.len > 0;
    uint16_t copied = FLAG_RD | FLAG_CD | 15 << 11; /* RFC 1035 §4.1.1: the opcode too */
    struct header header = {
        .id = question->header.id,
        .flags = (uint16_t)(FLAG_QR | FLAG_RA | (question->header.flags & copied) |
                            (error->truncated ? FLAG_TC : 0) | (error->rcode & 15)),
        .counts = { has_question, 0, 0, 0 },
    };
    struct writer w;

    assert(room.size >= ANSWER_ROOM_MIN);
    writer_init(&w, room.at, room.size);
    header_write(&w, &header);
    if (has_question)
        question_write(&w, &question->question);
    w.size = error->limit < w.len ? w.len : error->limit < room.size ? error->limit : room.size;
    edns.ede_count = edes_from(error, edes);
    if (opt_write(&w, question, &edns))
        writer_u16_at(&w, HEADER_COUNTS_AT + 2 * 3, 1);
    return w.len;
}

bool answer_denied(const struct policy *policy, const struct client_question *question,
                   const struct rendered *rendered, struct cause *cause)
{
    const struct question *asked = &question->question;

    if (!policy->signal || !rendered->secure || (question->header.flags & FLAG_CD) ||
        !key_tags_deny(policy->anchors, &asked->name, asked->type))
        return false;
    *cause = cause_of(WHY_KEY_SENTINEL);
    tell_record(cause, &asked->name, asked->type, NULL);
    return true;
}
