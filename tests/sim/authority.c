#include "tests/sim/authority.h"

#include "lib/wire/type.h"
#include "tests/support/keytrap.h"

enum { DRAFT_SETS_MAX = 40, CHASED_MAX = 12 };

struct draft {
    const struct authority_question *asked;
    const struct zone *zone;
    const struct rrset *sets[SECTIONS][DRAFT_SETS_MAX];
    size_t counts[SECTIONS];
    enum rcode rcode;
    bool authoritative;
};

const struct zone *authority_zone(const struct zone *const *zones, size_t count,
                                  const struct question *question)
{
    const struct zone *best = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct zone *zone = zones[i];
        bool own = name_equal(&zone->apex, &question->name);
        if (!name_under(&question->name, &zone->apex) || (own && question->type == TYPE_DS))
            continue;
        if (!best || zone->apex.labels > best->apex.labels)
            best = zone;
    }
    for (size_t i = 0; i < count && !best; i++) /* the child alone: NODATA for its own DS */
        if (name_equal(&zones[i]->apex, &question->name))
            best = zones[i];
    return best;
}

/* ---- putting sets into sections ---- */

static void put(struct draft *draft, enum section section, const struct rrset *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < draft->counts[section]; i++)
        if (draft->sets[section][i] == set)
            return;
    if (draft->counts[section] == DRAFT_SETS_MAX)
        zone_fail("too many sets in an answer", "authority");
    draft->sets[section][draft->counts[section]++] = set;
}

/* ---- proofs ---- */

static bool with_nsec(const struct draft *draft)
{
    return draft->zone->plan->denial == DENIED_BY_NSEC;
}

static void put_nsec3(struct draft *draft, const struct name *name, enum nsec3_part part)
{
    put(draft, SECTION_AUTHORITY, zone_nsec3(draft->zone, draft->asked->keyring, name, part));
}

static struct name next_closer(const struct name *name, const struct name *encloser)
{
    return name_suffix(name, encloser->labels + 1u);
}

/* RFC 5155 §7.2.1. */
static void prove_encloser(struct draft *draft, const struct name *name,
                           const struct name *encloser)
{
    struct name next = next_closer(name, encloser);
    put_nsec3(draft, encloser, NSEC3_MATCHES);
    put_nsec3(draft, &next, NSEC3_COVERS);
}

/* The name does not exist, whatever a wildcard then says (RFC 4035 §3.1.3.3, RFC 5155 §7.2.6). */
static void prove_absent(struct draft *draft, const struct name *name, const struct name *encloser)
{
    struct name next = next_closer(name, encloser);
    if (with_nsec(draft))
        put(draft, SECTION_AUTHORITY, zone_nsec_over(draft->zone, name));
    else
        put_nsec3(draft, &next, NSEC3_COVERS);
}

/* The name does not exist, and what would stand in for it does not either, or lacks the type. */
static void prove_with_wildcard(struct draft *draft, const struct name *name,
                                const struct name *encloser, enum nsec3_part part)
{
    struct name wildcard;

    if (name_wildcard(encloser, &wildcard) != ST_OK)
        return;
    if (with_nsec(draft)) {
        put(draft, SECTION_AUTHORITY, zone_nsec_over(draft->zone, name));
        put(draft, SECTION_AUTHORITY,
            part == NSEC3_MATCHES ? zone_nsec_at(draft->zone, &wildcard)
                                  : zone_nsec_over(draft->zone, &wildcard));
    } else {
        prove_encloser(draft, name, encloser);
        put_nsec3(draft, &wildcard, part);
    }
}

/* An opted-out cut has no record of its own: the closest encloser is proven (RFC 5155 §7.2.4). */
static void prove_type_absent(struct draft *draft, const struct name *name)
{
    struct name encloser = name_parent(name);
    const struct rrset *match;

    if (with_nsec(draft)) {
        match = zone_nsec_at(draft->zone, name);
        put(draft, SECTION_AUTHORITY, match ? match : zone_nsec_over(draft->zone, name));
        return;
    }
    match = zone_nsec3(draft->zone, draft->asked->keyring, name, NSEC3_MATCHES);
    if (match) {
        put(draft, SECTION_AUTHORITY, match);
        return;
    }
    while (!zone_nsec3(draft->zone, draft->asked->keyring, &encloser, NSEC3_MATCHES) &&
           encloser.labels > draft->zone->apex.labels)
        encloser = name_parent(&encloser);
    prove_encloser(draft, name, &encloser);
}

/* ---- kinds of answer ---- */

static void put_addresses(struct draft *draft, const struct rrset *servers)
{
    struct name server;
    struct bytes rdata;

    for (struct rrset_walk w = rrset_records(servers); rrset_next(&w, &rdata);) {
        if (name_from_wire(rdata, &server) != ST_OK)
            continue;
        put(draft, SECTION_ADDITIONAL, zone_set(draft->zone, &server, TYPE_A));
        put(draft, SECTION_ADDITIONAL, zone_set(draft->zone, &server, TYPE_AAAA));
    }
}

static void refer(struct draft *draft, const struct rrset *cut)
{
    struct name owner = rrset_owner(cut);
    const struct rrset *ds = zone_set(draft->zone, &owner, TYPE_DS);

    draft->authoritative = false;
    put(draft, SECTION_AUTHORITY, cut);
    if (ds)
        put(draft, SECTION_AUTHORITY, ds);
    else if (draft->zone->chain_count)
        prove_type_absent(draft, &owner);
    put_addresses(draft, cut);
}

static void deny(struct draft *draft, const struct name *name, const struct finding *finding)
{
    put(draft, SECTION_AUTHORITY, zone_set(draft->zone, &draft->zone->apex, TYPE_SOA));
    if (finding->kind == FOUND_NXDOMAIN)
        draft->rcode = RCODE_NXDOMAIN;
    if (!draft->zone->chain_count)
        return;
    if (finding->kind == FOUND_NXDOMAIN)
        prove_with_wildcard(draft, name, &finding->encloser, NSEC3_COVERS);
    else if (finding->by_wildcard)
        prove_with_wildcard(draft, name, &finding->encloser, NSEC3_MATCHES);
    else
        prove_type_absent(draft, name);
}

static bool target_of(const struct rrset *set, struct name *target)
{
    return name_from_wire(rrset_rdata(set, 0), target) == ST_OK;
}

/* The set as it answers for this name; a wildcard is expanded and shown to be needed. */
static void put_data(struct draft *draft, const struct name *name, const struct finding *finding)
{
    if (!finding->by_wildcard) {
        put(draft, SECTION_ANSWER, finding->set);
        return;
    }
    put(draft, SECTION_ANSWER, sign_at(finding->set, name, draft->asked->arena));
    if (draft->zone->chain_count)
        prove_absent(draft, name, &finding->encloser);
}

/* RFC 6672 §3.1: the DNAME, and the CNAME that it means here. False: the name grows too long. */
static bool put_dname(struct draft *draft, struct name *name, const struct finding *finding)
{
    struct name to, target;
    struct bytes rdata;
    struct rrset_parts parts = {
        .owner = name, .type = TYPE_CNAME, .ttl = finding->set->ttl, .rdatas = &rdata, .rr_count = 1
    };
    struct rrset *cname;

    put(draft, SECTION_ANSWER, finding->set);
    if (!target_of(finding->set, &to) ||
        name_substitute(name, &finding->encloser, &to, &target) != ST_OK) {
        draft->rcode = RCODE_YXDOMAIN;
        return false;
    }
    rdata = name_bytes(&target);
    if (rrset_pack(&parts, draft->asked->arena, &cname) != ST_OK)
        return false;
    put(draft, SECTION_ANSWER, cname);
    *name = target;
    return true;
}

/* A server knows of its own zone, who recurses finds the next one. */
static bool goes_on(struct draft *draft, const struct name *name, uint16_t type)
{
    const struct authority_question *asked = draft->asked;
    struct question question = { *name, type, CLASS_IN };

    if (asked->recursive)
        draft->zone = authority_zone(asked->zones, asked->zone_count, &question);
    return draft->zone && name_under(name, &draft->zone->apex);
}

/* One link; true: `name` has become the target and this zone knows about it too. */
static bool answer_link(struct draft *draft, struct name *name, uint16_t type)
{
    struct finding finding;

    zone_find(draft->zone, name, type, &finding);
    switch (finding.kind) {
    case FOUND_CUT: refer(draft, finding.set); return false;
    case FOUND_DATA:
        put_data(draft, name, &finding);
        if (type == TYPE_NS)
            put_addresses(draft, finding.set);
        return false;
    case FOUND_CNAME:
        put_data(draft, name, &finding);
        return target_of(finding.set, name) && goes_on(draft, name, type);
    case FOUND_DNAME: return put_dname(draft, name, &finding) && goes_on(draft, name, type);
    case FOUND_NODATA:
    case FOUND_NXDOMAIN: deny(draft, name, &finding); break;
    }
    return false;
}

/* ---- writing ---- */

static void write_opt(struct writer *w, const struct message *query)
{
    struct edns_out edns = { .udp_octets = EDNS_UDP_OCTETS, .dnssec_ok = query->edns.dnssec_ok };
    if (query->edns.present)
        (void)edns_write(w, &edns);
}

static size_t finish(struct writer *w, const struct message *query, const uint16_t counts[4])
{
    uint16_t all[4] = { counts[0], counts[1], counts[2],
                        (uint16_t)(counts[3] + query->edns.present) };
    write_opt(w, query);
    message_counts_write(w, all);
    return w->failed ? 0 : w->len;
}

static size_t write_bare(const struct message *query, uint16_t flags, uint8_t *room)
{
    struct writer w;
    struct header header = { .id = query->header.id, .flags = flags };

    writer_init(&w, room, MESSAGE_OCTETS_MAX);
    header_write(&w, &header);
    question_write(&w, &query->question);
    return finish(&w, query, (const uint16_t[4]){ 1, 0, 0, 0 });
}

size_t authority_error(const struct message *query, enum rcode rcode, uint8_t *room)
{
    return write_bare(query, (uint16_t)(FLAG_QR | rcode), room);
}

/* The set with as many signatures as KeyTrap has, none of which holds (CVE-2023-50387). */
static unsigned write_flooded(struct writer *w, const struct draft *draft, const struct rrset *set)
{
    unsigned written = rrset_write(w, set, set->ttl, WITHOUT_SIGNATURES);
    struct rrset_walk walk = rrset_signatures(set);
    struct name owner = rrset_owner(set);
    struct bytes good, sigs[KEYTRAP_SIGNATURES];

    if (!rrset_next(&walk, &good))
        return written;
    keytrap_signatures(good, sigs, KEYTRAP_SIGNATURES, draft->asked->arena);
    for (size_t i = 0; i < KEYTRAP_SIGNATURES; i++) {
        writer_name(w, &owner);
        writer_u16(w, TYPE_RRSIG);
        writer_u16(w, CLASS_IN);
        writer_u32(w, set->ttl);
        writer_u16(w, (uint16_t)sigs[i].len);
        writer_octets(w, sigs[i]);
    }
    return written + KEYTRAP_SIGNATURES;
}

static unsigned write_set(struct writer *w, const struct draft *draft, enum section section,
                          const struct rrset *set)
{
    bool signatures = draft->asked->query->edns.dnssec_ok;
    if (signatures && section == SECTION_ANSWER && set->type != TYPE_DNSKEY &&
        draft->zone->plan->odd & ODD_KEYTRAP)
        return write_flooded(w, draft, set);
    return rrset_write(w, set, set->ttl, signatures ? WITH_SIGNATURES : WITHOUT_SIGNATURES);
}

static size_t write_draft(const struct draft *draft, uint8_t *room)
{
    const struct message *query = draft->asked->query;
    uint16_t counts[4] = { 1, 0, 0, 0 };
    struct writer w;
    struct header header = { .id = query->header.id,
                             .flags = (uint16_t)(FLAG_QR | (draft->authoritative ? FLAG_AA : 0) |
                                                 (draft->asked->recursive ? FLAG_RA : 0) |
                                                 draft->rcode) };

    writer_init(&w, room, MESSAGE_OCTETS_MAX);
    header_write(&w, &header);
    question_write(&w, &query->question);
    for (enum section section = 0; section < SECTIONS; section++)
        for (size_t i = 0; i < draft->counts[section]; i++)
            counts[section + 1] =
                (uint16_t)(counts[section + 1] +
                           write_set(&w, draft, section, draft->sets[section][i]));
    size_t len = finish(&w, query, counts);
    if (len == 0 || len > draft->asked->octets_max)
        return write_bare(query, (uint16_t)(header.flags | FLAG_TC), room);
    return len;
}

/* Proofs are for those who ask for them (RFC 4035 §3.1). */
static void drop_proofs(struct draft *draft)
{
    size_t kept = 0;

    for (size_t i = 0; i < draft->counts[SECTION_AUTHORITY]; i++) {
        const struct rrset *set = draft->sets[SECTION_AUTHORITY][i];
        if (set->type == TYPE_NS || set->type == TYPE_SOA)
            draft->sets[SECTION_AUTHORITY][kept++] = set;
    }
    draft->counts[SECTION_AUTHORITY] = kept;
}

size_t authority_answer(const struct authority_question *asked, uint8_t *room)
{
    const struct question *question = &asked->query->question;
    struct draft draft = { .asked = asked, .authoritative = !asked->recursive };
    struct name name = question->name;

    draft.zone = authority_zone(asked->zones, asked->zone_count, question);
    if (!draft.zone)
        return authority_error(asked->query, RCODE_REFUSED, room);
    for (unsigned links = 0; links < CHASED_MAX; links++)
        if (!answer_link(&draft, &name, question->type))
            break;
    if (!asked->query->edns.dnssec_ok)
        drop_proofs(&draft);
    return write_draft(&draft, room);
}
