#include "lib/engine/scrub.h"

#include "lib/base/limits.h"
#include "lib/wire/type.h"

enum {
    ANY_SETS_MAX = 8,        /* LIMITS D4: more are never validated */
    DENIAL_RECORDS_MAX = 32, /* the ceiling of limits.denial_records: more are never considered */
    DENIAL_SIGNATURES_MAX = 64, /* as many as its default number of records may have */
    SERVERS_READ_MAX = 64,      /* NS records: 13 are used, peers keep 20 (LIMITS 0.1, E2) */
    TARGET_SLOTS = 4 * SERVERS_READ_MAX,
    COVERED_OCTETS = 2 /* RFC 4034 §3.1: an RRSIG begins with the type it covers */
};

/* Records are first marked, then the marked ones alone are made into sets: what is dropped is
 * neither checked nor does it cost memory. */
struct scrubbing {
    const struct message *message;
    const struct asked *asked;
    const struct siphash_key *key;
    struct arena *arena;
    struct bytes octets; /* of the message, in a case that does not change from reply to reply */
    struct name lowest;  /* SOA and NS owners that concern the question are at or above it */
    bool keep[RECORDS_PER_MESSAGE_MAX];
    bool dropped_set;
};

/* ---- marking ---- */

static const struct record *record_at(const struct scrubbing *s, unsigned index)
{
    return &s->message->records[index];
}

/* The type that an RRSIG covers; 0: the record is none, or too short to say. */
static uint16_t covered_type(const struct scrubbing *s, const struct record *record)
{
    if (record->type != TYPE_RRSIG || record->rdata_len < COVERED_OCTETS)
        return 0;
    const uint8_t *at = s->octets.at + record->rdata_at;
    return (uint16_t)(at[0] << 8 | at[1]);
}

static bool in_zone(const struct scrubbing *s, const struct name *owner)
{
    return name_under(owner, &s->asked->zone);
}

static bool concerns_question(const struct scrubbing *s, const struct name *owner)
{
    return name_under(&s->lowest, owner);
}

static bool has(const struct scrubbing *s, enum section section, const struct name *owner,
                uint16_t type)
{
    const struct message *m = s->message;
    for (unsigned i = m->first[section]; i < m->first[section + 1]; i++) {
        const struct record *record = record_at(s, i);
        if (record->class == CLASS_IN && record->type == type && name_equal(record->owner, owner))
            return true;
    }
    return false;
}

/* Marks the records of (owner, type) and the signatures over them. */
static void mark(struct scrubbing *s, enum section section, const struct name *owner, uint16_t type)
{
    const struct message *m = s->message;
    for (unsigned i = m->first[section]; i < m->first[section + 1]; i++) {
        const struct record *record = record_at(s, i);
        bool about = record->type == type || covered_type(s, record) == type;
        if (about && record->class == CLASS_IN && name_equal(record->owner, owner))
            s->keep[i] = true;
    }
}

/* ---- the marked records of one section as sets ---- */

/* RFC 2181 §10.1, RFC 6672 §2.4, RFC 1035 §3.3.13: a set of several such records says nothing. */
static bool is_unsound(const struct rrset *set)
{
    bool single = set->type == TYPE_CNAME || set->type == TYPE_DNAME || set->type == TYPE_SOA;
    return single && set->rr_count != 1;
}

/* One spelling of each owner, so that equal sets have equal octets whatever case the question was
 * sent in (RFC 4343 §3, RULINGS B9). */
static void lower_owner(struct rrset *set)
{
    for (unsigned i = 0; i < set->owner_len; i++)
        set->octets[i] = name_fold(set->octets[i]);
}

static void drop_unsound(struct scrubbing *s, struct rrset_list *sets)
{
    size_t kept = 0;
    for (size_t i = 0; i < sets->count; i++) {
        lower_owner(sets->at[i]);
        if (is_unsound(sets->at[i]))
            s->dropped_set = true;
        else
            sets->at[kept++] = sets->at[i];
    }
    sets->count = kept;
}

static enum status gather(struct scrubbing *s, enum section section, struct rrset_list *sets)
{
    const struct message *m = s->message;
    struct message marked = { .octets = s->octets };
    unsigned count = 0;

    *sets = (struct rrset_list){ .count = 0 };
    for (unsigned i = m->first[section]; i < m->first[section + 1]; i++)
        count += s->keep[i];
    if (count == 0)
        return ST_OK;
    marked.records = ARENA_ARRAY(s->arena, struct record, count);
    if (marked.records == NULL)
        return ST_LIMIT;
    for (unsigned i = m->first[section]; i < m->first[section + 1]; i++)
        if (s->keep[i])
            marked.records[marked.first[section + 1]++] = *record_at(s, i);
    TRY(message_sets(&marked, section, s->key, s->arena, sets));
    drop_unsound(s, sets);
    return ST_OK;
}

static void rank_all(const struct rrset_list *sets, enum rank rank)
{
    for (size_t i = 0; i < sets->count; i++)
        sets->at[i]->rank = (uint8_t)rank;
}

/* ---- the answer section: the first link alone (LIMITS B4, B5) ---- */

/* The DNAME that stands highest above the name: below it there is nothing (RFC 6672 §2.4). */
static const struct name *dname_above(const struct scrubbing *s)
{
    const struct message *m = s->message;
    const struct name *best = NULL;
    for (unsigned i = m->first[SECTION_ANSWER]; i < m->first[SECTION_AUTHORITY]; i++) {
        const struct record *record = record_at(s, i);
        if (record->class == CLASS_IN && record->type == TYPE_DNAME && in_zone(s, record->owner) &&
            name_strictly_under(&s->asked->name, record->owner) &&
            (best == NULL || record->owner->labels < best->labels))
            best = record->owner;
    }
    return best;
}

static bool is_among(const uint16_t *types, unsigned count, uint16_t type)
{
    for (unsigned i = 0; i < count; i++)
        if (types[i] == type)
            return true;
    return false;
}

/* RULINGS A40: of an answer to ANY the first sets; a signature goes with what it covers. */
static void mark_any(struct scrubbing *s)
{
    const struct message *m = s->message;
    const struct name *name = &s->asked->name;
    uint16_t types[ANY_SETS_MAX];
    unsigned count = 0;

    for (unsigned i = m->first[SECTION_ANSWER]; i < m->first[SECTION_AUTHORITY]; i++) {
        const struct record *record = record_at(s, i);
        bool data = record->class == CLASS_IN && record->type != TYPE_RRSIG &&
                    !type_is_meta(record->type) && name_equal(record->owner, name);
        if (data && count < ANY_SETS_MAX && !is_among(types, count, record->type)) {
            types[count++] = record->type;
            mark(s, SECTION_ANSWER, name, record->type);
        }
    }
}

/* An NXDOMAIN may end an alias chain, but holds no data of the name it denies (RFC 6604 §3). */
static void mark_answer(struct scrubbing *s, unsigned rcode)
{
    const struct asked *asked = s->asked;
    const struct name *dname = dname_above(s);

    if (dname != NULL)
        mark(s, SECTION_ANSWER, dname, TYPE_DNAME);
    else if (rcode == RCODE_YXDOMAIN || !in_zone(s, &asked->name))
        return;
    else if (rcode == RCODE_NOERROR && asked->type == TYPE_ANY)
        mark_any(s);
    else if (rcode == RCODE_NOERROR && has(s, SECTION_ANSWER, &asked->name, asked->type))
        mark(s, SECTION_ANSWER, &asked->name, asked->type);
    else if (asked->type != TYPE_CNAME && asked->type != TYPE_ANY &&
             has(s, SECTION_ANSWER, &asked->name, TYPE_CNAME))
        mark(s, SECTION_ANSWER, &asked->name, TYPE_CNAME);
}

/* ---- the authority section: proofs of absence, or a referral (LIMITS B1, B2) ---- */

static void mark_denials(struct scrubbing *s)
{
    const struct message *m = s->message;
    unsigned records = 0, signatures = 0;
    for (unsigned i = m->first[SECTION_AUTHORITY]; i < m->first[SECTION_ADDITIONAL]; i++) {
        const struct record *record = record_at(s, i);
        uint16_t covered = covered_type(s, record), about = covered != 0 ? covered : record->type;
        if (record->class != CLASS_IN || !in_zone(s, record->owner) ||
            (about != TYPE_NSEC && about != TYPE_NSEC3))
            continue;
        s->keep[i] =
            covered != 0 ? signatures++ < DENIAL_SIGNATURES_MAX : records++ < DENIAL_RECORDS_MAX;
    }
}

/* The deepest SOA or NS owner at or above the name and within `zone`. */
static const struct name *deepest(const struct scrubbing *s, uint16_t type, const struct name *zone)
{
    const struct message *m = s->message;
    const struct name *best = NULL;
    for (unsigned i = m->first[SECTION_AUTHORITY]; i < m->first[SECTION_ADDITIONAL]; i++) {
        const struct record *record = record_at(s, i);
        if (record->class == CLASS_IN && record->type == type && name_under(record->owner, zone) &&
            concerns_question(s, record->owner) &&
            (best == NULL || record->owner->labels > best->labels))
            best = record->owner;
    }
    return best;
}

/* The cut nearest to the zone asked: what lies below that one is not this server's to delegate. */
static const struct name *nearest_cut(const struct scrubbing *s)
{
    const struct message *m = s->message;
    const struct name *best = NULL;
    for (unsigned i = m->first[SECTION_AUTHORITY]; i < m->first[SECTION_ADDITIONAL]; i++) {
        const struct record *record = record_at(s, i);
        if (record->class == CLASS_IN && record->type == TYPE_NS &&
            name_strictly_under(record->owner, &s->asked->zone) &&
            concerns_question(s, record->owner) &&
            (best == NULL || record->owner->labels < best->labels))
            best = record->owner;
    }
    return best;
}

/* NS is taken from a reply that has nothing else to say (RULINGS A10, LIMITS B2). */
static bool may_refer(const struct scrubbing *s, unsigned rcode)
{
    const struct message *m = s->message;
    bool alone = m->first[SECTION_ANSWER] == m->first[SECTION_AUTHORITY];
    for (unsigned i = m->first[SECTION_AUTHORITY]; i < m->first[SECTION_ADDITIONAL]; i++)
        alone = alone && record_at(s, i)->type != TYPE_SOA;
    return alone && rcode == RCODE_NOERROR;
}

/* RULINGS A28: no other set is ever trimmed; a few of these are used (LIMITS E2). */
static void mark_servers(struct scrubbing *s, const struct name *cut)
{
    const struct message *m = s->message;
    unsigned count = 0;
    for (unsigned i = m->first[SECTION_AUTHORITY]; i < m->first[SECTION_ADDITIONAL]; i++) {
        const struct record *record = record_at(s, i);
        if (record->class == CLASS_IN && record->type == TYPE_NS && count < SERVERS_READ_MAX &&
            name_equal(record->owner, cut)) {
            s->keep[i] = true;
            count++;
        }
    }
}

/* An NS set of the zone asked or above it shows that the server is lame, and is kept for that. */
static void mark_referral(struct scrubbing *s)
{
    const struct name *cut = nearest_cut(s);
    const struct name *lame = cut == NULL ? deepest(s, TYPE_NS, &name_root) : NULL;

    if (cut != NULL) {
        mark_servers(s, cut);
        mark(s, SECTION_AUTHORITY, cut, TYPE_DS); /* LIMITS B7: of no sibling */
    } else if (lame != NULL) {
        mark_servers(s, lame);
    }
}

/* A SOA beside an answer belongs to a later link, which is asked for anew (LIMITS B4). */
static void mark_authority(struct scrubbing *s, const struct scrubbed *out)
{
    const struct name *soa = deepest(s, TYPE_SOA, &s->asked->zone);

    if (out->rcode == RCODE_YXDOMAIN)
        return;
    mark_denials(s);
    if (may_refer(s, out->rcode))
        mark_referral(s);
    else if (soa != NULL && out->answer.count == 0)
        mark(s, SECTION_AUTHORITY, soa, TYPE_SOA);
}

/* Drops signatures whose record is not there, splits off the NS set and finds the SOA. */
static void sort_authority(struct scrubbing *s, const struct rrset_list *sets, struct scrubbed *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < sets->count; i++) {
        struct rrset *set = sets->at[i];
        if (set->type == TYPE_RRSIG)
            s->dropped_set = true;
        else if (set->type == TYPE_NS)
            out->ns = set;
        else
            sets->at[kept++] = set;
        if (set->type == TYPE_SOA)
            out->soa = set;
    }
    out->authority = (struct rrset_list){ .at = sets->at, .count = kept };
}

/* ---- the additional section: glue (LIMITS B3) ---- */

/* The NS names by keyed hash: names and addresses can both be many (LIMITS E2, G9). */
struct targets {
    const struct siphash_key *key;
    struct bytes names[SERVERS_READ_MAX]; /* in the order of the NS set's records */
    uint16_t slots[TARGET_SLOTS];         /* index + 1 into `names`; 0: free */
};

/* The slot of this name, or the free one where it would stand. */
static uint16_t *target_slot(struct targets *t, const struct name *name)
{
    size_t at = name_hash(name, t->key) % TARGET_SLOTS;
    struct name known;
    while (t->slots[at] != 0) {
        if (name_from_wire(t->names[t->slots[at] - 1], &known) == ST_OK && name_equal(&known, name))
            break;
        at = (at + 1) % TARGET_SLOTS;
    }
    return &t->slots[at];
}

static void targets_fill(struct targets *t, const struct rrset *ns)
{
    struct bytes rdata;
    struct name name;
    uint16_t count = 0;
    for (struct rrset_walk walk = rrset_records(ns);
         count < SERVERS_READ_MAX && rrset_next(&walk, &rdata);) {
        t->names[count++] = rdata;
        if (name_from_wire(rdata, &name) == ST_OK)
            *target_slot(t, &name) = count;
    }
}

static void mark_glue(struct scrubbing *s, struct targets *t)
{
    const struct message *m = s->message;
    for (unsigned i = m->first[SECTION_ADDITIONAL]; i < m->first[SECTIONS]; i++) {
        const struct record *record = record_at(s, i);
        bool address = record->type == TYPE_A || record->type == TYPE_AAAA;
        s->keep[i] = address && record->class == CLASS_IN && in_zone(s, record->owner) &&
                     *target_slot(t, record->owner) != 0;
    }
}

static enum status take_glue(struct scrubbing *s, const struct rrset *ns, struct scrubbed *out)
{
    struct targets targets = { .key = s->key };

    targets_fill(&targets, ns);
    mark_glue(s, &targets);
    TRY(gather(s, SECTION_ADDITIONAL, &out->glue));
    out->glue_of = ARENA_ARRAY(s->arena, uint16_t, out->glue.count);
    if (out->glue_of == NULL)
        return ST_LIMIT;
    for (size_t i = 0; i < out->glue.count; i++) {
        struct name owner = rrset_owner(out->glue.at[i]);
        out->glue_of[i] = (uint16_t)(*target_slot(&targets, &owner) - 1);
    }
    rank_all(&out->glue, RANK_REFERRAL);
    return ST_OK;
}

/* ---- all of it ---- */

static enum status take_authority(struct scrubbing *s, struct scrubbed *out, enum rank rank)
{
    struct rrset_list sets;

    mark_authority(s, out);
    TRY(gather(s, SECTION_AUTHORITY, &sets));
    rank_all(&sets, may_refer(s, out->rcode) ? RANK_REFERRAL : rank);
    sort_authority(s, &sets, out);
    if (out->ns == NULL)
        return ST_OK;
    struct name cut = rrset_owner(out->ns);
    return name_strictly_under(&cut, &s->asked->zone) ? take_glue(s, out->ns, out) : ST_OK;
}

/* RFC 4035 §3.1.4.1: who refers where a DS was asked for tells it all the same, beside the NS. */
static enum status take_ds_of_referral(struct scrubbing *s, struct scrubbed *out)
{
    const struct name *name = &s->asked->name;
    bool told = s->asked->type == TYPE_DS && out->answer.count == 0 && may_refer(s, out->rcode) &&
                name_strictly_under(name, &s->asked->zone) &&
                has(s, SECTION_AUTHORITY, name, TYPE_NS) &&
                has(s, SECTION_AUTHORITY, name, TYPE_DS);

    if (!told)
        return ST_OK;
    mark(s, SECTION_AUTHORITY, name, TYPE_DS);
    TRY(gather(s, SECTION_AUTHORITY, &out->answer));
    rank_all(&out->answer, RANK_REFERRAL);
    return ST_OK;
}

/* The root has nobody above it to tell its servers' addresses: it tells them beside its own NS set
 * (RFC 9609 §4.2). What they are worth is for priming to say; nobody else looks at them. */
static bool is_about_root_servers(const struct scrubbing *s, const struct scrubbed *out)
{
    return s->asked->zone.labels == 0 && s->asked->name.labels == 0 && s->asked->type == TYPE_NS &&
           out->answer.count == 1 && out->answer.at[0]->type == TYPE_NS;
}

static enum status take_sections(struct scrubbing *s, struct scrubbed *out)
{
    enum rank rank = out->authoritative ? RANK_ANSWER : RANK_ANSWER_NOT_AUTHORITATIVE;

    if (out->rcode != RCODE_NOERROR && out->rcode != RCODE_NXDOMAIN && out->rcode != RCODE_YXDOMAIN)
        return ST_OK; /* whoever fails has nothing to say */
    mark_answer(s, out->rcode);
    TRY(gather(s, SECTION_ANSWER, &out->answer));
    rank_all(&out->answer, rank);
    if (is_about_root_servers(s, out))
        TRY(take_glue(s, out->answer.at[0], out));
    TRY(take_ds_of_referral(s, out));
    return out->answer.count > 0 && out->answer.at[0]->rank == RANK_REFERRAL
               ? ST_OK
               : take_authority(s, out, rank);
}

/* The server's names point back into the question, which went out in mixed case (0x20). They are
 * read from `room`, where the question stands in lower case; nothing that is kept points there. */
static struct bytes restored(const struct message *message, uint8_t room[EDNS_UDP_OCTETS])
{
    const struct name *name = &message->question.name;
    struct bytes octets = message->octets;

    if (!message->has_question || octets.len > EDNS_UDP_OCTETS ||
        octets.len < (size_t)HEADER_OCTETS + name->len ||
        memcmp(octets.at + HEADER_OCTETS, name->octets, name->len) != 0)
        return octets;
    struct name lower = name_lower(name);
    memcpy(room, octets.at, octets.len);
    memcpy(room + HEADER_OCTETS, lower.octets, lower.len);
    return (struct bytes){ room, octets.len };
}

static bool dropped_any(const struct scrubbing *s)
{
    bool dropped = s->dropped_set;
    for (unsigned i = 0; i < s->message->first[SECTIONS]; i++)
        dropped = dropped || !s->keep[i];
    return dropped;
}

enum status scrub(const struct message *message, const struct asked *asked,
                  const struct siphash_key *key, struct arena *arena, struct scrubbed *out)
{
    uint8_t room[EDNS_UDP_OCTETS];
    struct scrubbing s = { .message = message, .asked = asked, .key = key, .arena = arena };
    struct scrubbed made = {
        .rcode = message_rcode(message),
        .authoritative = (message->header.flags & FLAG_AA) != 0,
        .recursion_available = (message->header.flags & FLAG_RA) != 0,
    };

    if (message->first[SECTIONS] > RECORDS_PER_MESSAGE_MAX)
        return ST_UNSUPPORTED;
    s.octets = restored(message, room);
    /* RFC 4035 §3.1.4.1: the parent speaks for a DS; the child's own SOA or NS denies none. */
    s.lowest = asked->type == TYPE_DS ? name_parent(&asked->name) : asked->name;
    TRY(take_sections(&s, &made));
    made.foreign = dropped_any(&s);
    *out = made;
    return ST_OK;
}

enum status scrub_target(const struct rrset *alias, const struct name *name, struct name *target)
{
    struct name owner = rrset_owner(alias), to;

    if (alias->rr_count != 1 || (alias->type != TYPE_CNAME && alias->type != TYPE_DNAME) ||
        name_from_wire(rrset_rdata(alias, 0), &to) != ST_OK)
        return ST_MALFORMED;
    if (alias->type == TYPE_DNAME)
        return name_substitute(name, &owner, &to, target);
    *target = to;
    return ST_OK;
}
