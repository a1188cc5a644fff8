/* fz_scrub - a reply is scrubbed, classified and, if it is a referral, becomes a cut; what is kept
 * is held against LIMITS B1 to B5 as rules over the result, whatever the code did to get there.
 *
 * Input    one octet: how many labels of the question's name the zone asked has; then the reply. */
#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/engine/classify.h"
#include "lib/engine/delegation.h"
#include "lib/wire/type.h"

enum {
    ARENA_OCTETS = 4 << 20,
    ANY_SETS = 8,
    NAMES_USED = 13,
    ADDRESSES_USED = 6,
    SERVERS_READ = 64
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct siphash_key key = { 0x0706050403020100, 0x0F0E0D0C0B0A0908 };

static void require(int condition)
{
    if (!condition)
        abort();
}

/* ---- what any kept set must be ---- */

static void require_sound(const struct rrset *set)
{
    require(rrset_is_sound(set, set->size));
    require(set->rr_count > 0);
    for (unsigned i = 0; i < set->owner_len; i++)
        require(set->octets[i] == name_fold(set->octets[i]));
}

static void require_list(const struct rrset_list *list, const struct name *zone)
{
    for (size_t i = 0; i < list->count; i++) {
        struct name owner = rrset_owner(list->at[i]);
        require_sound(list->at[i]);
        require(name_under(&owner, zone));
    }
}

/* At least so many records of this owner and type stand in the section they were taken from. */
static void require_said(const struct message *message, enum section section,
                         const struct rrset *set)
{
    struct name owner = rrset_owner(set);
    unsigned records = 0, signatures = 0;
    for (unsigned i = message->first[section]; i < message->first[section + 1]; i++) {
        const struct record *record = &message->records[i];
        if (record->class != CLASS_IN || !name_equal(record->owner, &owner))
            continue;
        records += record->type == set->type;
        signatures += record->type == TYPE_RRSIG;
    }
    require(records >= set->rr_count && signatures >= set->sig_count);
}

static void require_all_said(const struct message *message, enum section section,
                             const struct rrset_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        require_said(message, section, list->at[i]);
}

/* ---- section by section ---- */

static void check_answer(const struct scrubbed *reply, const struct asked *asked)
{
    require(reply->answer.count <= (asked->type == TYPE_ANY ? ANY_SETS : 1));
    for (size_t i = 0; i < reply->answer.count; i++) {
        const struct rrset *set = reply->answer.at[i];
        struct name owner = rrset_owner(set);
        bool at_name = name_equal(&owner, &asked->name);
        bool above = set->type == TYPE_DNAME && name_strictly_under(&asked->name, &owner);
        require(at_name || above);
        require(above || asked->type == TYPE_ANY || set->type == asked->type ||
                set->type == TYPE_CNAME);
        require((set->type != TYPE_CNAME && set->type != TYPE_DNAME) || set->rr_count == 1);
        require(reply->rcode == RCODE_NOERROR || above ||
                (reply->rcode == RCODE_NXDOMAIN && set->type == TYPE_CNAME));
    }
}

static void check_authority(const struct scrubbed *reply, const struct asked *asked)
{
    unsigned soas = 0;
    for (size_t i = 0; i < reply->authority.count; i++) {
        const struct rrset *set = reply->authority.at[i];
        struct name owner = rrset_owner(set), cut;
        require(set->type == TYPE_SOA || set->type == TYPE_NSEC || set->type == TYPE_NSEC3 ||
                set->type == TYPE_DS);
        if (set->type == TYPE_SOA) {
            soas++;
            require(reply->soa == set && set->rr_count == 1 && reply->answer.count == 0);
            require(name_under(&asked->name, &owner));
        }
        if (set->type == TYPE_DS) {
            require(reply->ns != NULL);
            cut = rrset_owner(reply->ns);
            require(name_equal(&owner, &cut));
        }
    }
    require(soas == (reply->soa != NULL));
}

static bool names(const struct rrset *ns, unsigned index, const struct name *server)
{
    struct name name;
    return name_from_wire(rrset_rdata(ns, index), &name) == ST_OK && name_equal(&name, server);
}

static void check_referral(const struct scrubbed *reply, const struct asked *asked)
{
    if (reply->ns == NULL) {
        require(reply->glue.count == 0);
        return;
    }
    struct name cut = rrset_owner(reply->ns);
    require_sound(reply->ns);
    require(reply->ns->type == TYPE_NS && reply->ns->rr_count <= SERVERS_READ);
    require(reply->rcode == RCODE_NOERROR && reply->answer.count == 0 && reply->soa == NULL);
    require(name_under(&asked->name, &cut));
    require(reply->glue.count == 0 || name_strictly_under(&cut, &asked->zone));
    for (size_t i = 0; i < reply->glue.count; i++) {
        const struct rrset *set = reply->glue.at[i];
        struct name owner = rrset_owner(set);
        require(set->type == TYPE_A || set->type == TYPE_AAAA);
        require(names(reply->ns, reply->glue_of[i], &owner));
    }
}

static void check_scrubbed(const struct message *message, const struct asked *asked,
                           const struct scrubbed *reply)
{
    bool speaks = reply->rcode == RCODE_NOERROR || reply->rcode == RCODE_NXDOMAIN ||
                  reply->rcode == RCODE_YXDOMAIN;
    require(speaks || (reply->answer.count == 0 && reply->authority.count == 0 && !reply->ns));
    require_list(&reply->answer, &asked->zone);
    require_list(&reply->authority, &asked->zone);
    require_list(&reply->glue, &asked->zone);
    require_all_said(message, SECTION_ANSWER, &reply->answer);
    require_all_said(message, SECTION_AUTHORITY, &reply->authority);
    require_all_said(message, SECTION_ADDITIONAL, &reply->glue);
    check_answer(reply, asked);
    check_authority(reply, asked);
    check_referral(reply, asked);
}

/* ---- what becomes of it ---- */

static void check_alias(const struct scrubbed *reply, const struct asked *asked)
{
    struct name target;
    enum status status = scrub_target(reply->answer.at[0], &asked->name, &target);
    require(status == ST_OK || status == ST_LIMIT);
    require(status == ST_OK || reply->answer.at[0]->type == TYPE_DNAME);
}

static void check_delegation(const struct scrubbed *reply, const struct asked *asked,
                             struct arena *arena)
{
    struct prng prng;
    struct policy policy = { .ipv4 = FAMILY_ON, .ipv6 = FAMILY_AUTO };
    struct referral_input input = { reply, asked, &policy, &prng, { NS_PER_S } };
    struct delegation cut;

    prng_seed_number(&prng, reply->ns->rr_count);
    limits_defaults(&policy.limits);
    if (delegation_from_referral(&input, arena, &cut) != ST_OK)
        return;
    require(name_strictly_under(&cut.zone, &asked->zone) && name_under(&asked->name, &cut.zone));
    require(cut.server_count > 0 && cut.server_count <= NAMES_USED);
    require(cut.ds_count <= DS_SETS_MAX);
    for (unsigned i = 0; i < cut.server_count; i++) {
        require(cut.servers[i].name.labels > 0);
        require(cut.servers[i].address_count <= ADDRESSES_USED);
    }
}

static void check_class(const struct scrubbed *reply, const struct asked *asked,
                        struct arena *arena)
{
    switch (classify(reply, asked)) {
    case IS_ANSWER: require(reply->answer.count > 0 && reply->rcode == RCODE_NOERROR); break;
    case IS_ALIAS:
    case IS_DNAME:
    case IS_TOO_LONG:
        require(reply->answer.count == 1);
        check_alias(reply, asked);
        break;
    case IS_NODATA:
    case IS_NXDOMAIN: require(reply->answer.count == 0 && reply->authority.count > 0); break;
    case IS_REFERRAL: check_delegation(reply, asked, arena); break;
    case IS_LAME: require(reply->ns != NULL && reply->glue.count == 0); break;
    case IS_RECURSION_LAME: require(reply->recursion_available && !reply->authoritative); break;
    case IS_EMPTY: require(reply->answer.count == 0 && reply->soa == NULL); break;
    case IS_ERROR: break;
    }
}

static void scrub_copy(struct bytes octets, unsigned zone_labels, struct arena *arena)
{
    uint8_t *copy = arena_copy(arena, octets.at, octets.len);
    struct message message;
    struct scrubbed reply;

    require(copy != NULL);
    if (message_parse((struct bytes){ copy, octets.len }, arena, &message) != ST_OK ||
        !message.has_question)
        return;
    const struct name *name = &message.question.name;
    struct asked asked = { .name = *name, .type = message.question.type };
    asked.zone = name_suffix(name, zone_labels % (name->labels + 1u));
    if (scrub(&message, &asked, &key, arena, &reply) != ST_OK)
        return;
    memset(copy, 0xFF, octets.len); /* nothing that was kept points there (RULINGS A12) */
    check_scrubbed(&message, &asked, &reply);
    check_class(&reply, &asked, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *pool = pool_create((size_t)2 * ARENA_OCTETS);
    struct arena *arena = pool == NULL ? NULL : arena_create(pool, ARENA_OCTETS);

    require(arena != NULL);
    if (size > 0 && size <= MESSAGE_OCTETS_MAX)
        scrub_copy((struct bytes){ data + 1, size - 1 }, data[0], arena);
    arena_destroy(arena);
    pool_destroy(pool);
    return 0;
}
