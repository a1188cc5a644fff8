#include "lib/dnssec/bitmap.h"
#include "lib/dnssec/denial_parts.h"
#include "lib/wire/type.h"

/* The records and what hashing needs. `spent` sticks: callers ask once, at the end. */
struct chain3 {
    const struct denial_input *input;
    const struct nsec3 *at;
    size_t count;
    struct proof_desk *desk;
    bool spent;
};

/* The records that match and that cover one name; each NULL: none. */
struct sight {
    const struct nsec3 *match, *cover;
};

struct encloser {
    struct name closest;
    bool opt_out; /* of the record that covers the next closer name */
};

/* Of several that cover, one with opt-out counts: it claims least. */
static struct sight look(struct chain3 *chain, const struct name *name)
{
    struct sight sight = { NULL, NULL };
    uint8_t hash[NSEC3_HASH_OCTETS];

    if (chain->spent ||
        nsec3_hash(&chain->at[0], name, chain->input->hashes, chain->desk, hash) != PROOF_GOOD) {
        chain->spent = true;
        return sight;
    }
    for (size_t i = 0; i < chain->count; i++) {
        const struct nsec3 *record = &chain->at[i];
        if (nsec3_matches(record, hash))
            sight.match = record;
        else if (nsec3_covers(record, hash) &&
                 (sight.cover == NULL || (record->flags & NSEC3_OPT_OUT) != 0))
            sight.cover = record;
    }
    return sight;
}

/* RFC 5155 §8.3: an ancestor that matches, with the name one label longer covered. Sought from the
 * apex downward: what is covered does not exist, so nothing below it can match, and a long random
 * name costs no more hashes than a short one (CVE-2023-50868). */
static bool find_encloser(struct chain3 *chain, struct encloser *found)
{
    const struct name *name = chain->input->name;
    struct sight above = { NULL, NULL };

    for (unsigned labels = chain->input->zone->labels; labels <= name->labels; labels++) {
        struct name ancestor = name_suffix(name, labels);
        struct sight sight = look(chain, &ancestor);
        if (chain->spent)
            return false;
        if (sight.match == NULL && sight.cover != NULL) {
            if (above.match == NULL || !nsec3_may_enclose(above.match))
                return false;
            found->closest = name_suffix(name, labels - 1);
            found->opt_out = (sight.cover->flags & NSEC3_OPT_OUT) != 0;
            return true;
        }
        above = sight;
    }
    return false;
}

static enum denial_wildcard wildcard_at(struct chain3 *chain, const struct name *encloser,
                                        uint16_t type)
{
    struct name wildcard;

    if (name_wildcard(encloser, &wildcard) != ST_OK)
        return WILDCARD_UNKNOWN;
    struct sight sight = look(chain, &wildcard);
    if (sight.match != NULL)
        return denial_of_type(sight.match->bitmap, &wildcard, type) ? WILDCARD_WITHOUT_TYPE
                                                                    : WILDCARD_WITH_TYPE;
    return sight.cover != NULL ? WILDCARD_ABSENT : WILDCARD_UNKNOWN;
}

/* RFC 5155 §9.2: an unsigned delegation may hide in an opt-out span: no secure proof then. */
static enum denial_answer proven(const struct encloser *encloser)
{
    return encloser->opt_out ? DENIAL_PROVEN_INSECURE : DENIAL_PROVEN;
}

/* RFC 5155 §8.4; RFC 9824 §5.1 where the name's own record stands for the proof. */
static enum denial_answer deny_name(struct chain3 *chain, struct encloser *encloser)
{
    const struct name *name = chain->input->name;

    if (!find_encloser(chain, encloser)) {
        struct sight own = look(chain, name);
        bool denied = own.match != NULL && denial_of_own_name(own.match->bitmap, name);
        return denied ? DENIAL_PROVEN : DENIAL_UNPROVEN;
    }
    if (wildcard_at(chain, &encloser->closest, TYPE_ANY) != WILDCARD_ABSENT)
        return DENIAL_UNPROVEN;
    return proven(encloser);
}

/* RFC 5155 §8.5 and §8.7. Without a matching record an opt-out span may hold what was asked for: an
 * empty non-terminal that leads to unsigned delegations alone needs no record (RFC 5155 §7.1), and
 * its answer has the closest encloser's proof alone, nothing of a wildcard (§7.2.4, erratum 3441).
 * An unsigned delegation may hide there anyway, so no more is believed than could be claimed. */
static enum denial_answer deny_type(struct chain3 *chain, struct encloser *encloser)
{
    const struct denial_input *input = chain->input;
    struct sight own = look(chain, input->name);

    if (own.match != NULL)
        return denial_of_type(own.match->bitmap, input->name, input->type) ? DENIAL_PROVEN
                                                                           : DENIAL_UNPROVEN;
    if (!find_encloser(chain, encloser))
        return DENIAL_UNPROVEN;
    if (input->type == TYPE_DS && encloser->opt_out) /* RFC 5155 §8.6: whatever the wildcard has */
        return DENIAL_PROVEN_INSECURE;
    switch (wildcard_at(chain, &encloser->closest, input->type)) {
    case WILDCARD_WITHOUT_TYPE: return proven(encloser);
    case WILDCARD_ABSENT:
    case WILDCARD_UNKNOWN: return encloser->opt_out ? DENIAL_PROVEN_INSECURE : DENIAL_UNPROVEN;
    case WILDCARD_WITH_TYPE: break;
    }
    return DENIAL_UNPROVEN;
}

/* RFC 5155 §8.8: the wildcard's parent is known to exist, the next closer name must not. */
static enum denial_answer deny_nearer(struct chain3 *chain, struct encloser *encloser)
{
    const struct denial_input *input = chain->input;
    unsigned labels = input->wildcard_labels;

    if (labels < input->zone->labels || labels >= input->name->labels)
        return DENIAL_UNPROVEN;
    struct name next_closer = name_suffix(input->name, labels + 1);
    struct sight sight = look(chain, &next_closer);
    if (sight.match != NULL || sight.cover == NULL)
        return DENIAL_UNPROVEN;
    encloser->closest = name_suffix(input->name, labels);
    encloser->opt_out = (sight.cover->flags & NSEC3_OPT_OUT) != 0;
    return proven(encloser);
}

/* RFC 5155 §8.6 and §8.9. */
static enum denial_answer deny_ds(struct chain3 *chain, struct encloser *encloser)
{
    const struct name *name = chain->input->name;
    struct sight own = look(chain, name);

    if (own.match != NULL)
        return denial_of_ds(own.match->bitmap, name);
    if (!find_encloser(chain, encloser))
        return DENIAL_UNPROVEN;
    if (encloser->opt_out)
        return DENIAL_DELEGATION;
    enum denial_wildcard wildcard = wildcard_at(chain, &encloser->closest, TYPE_DS);
    bool known = wildcard == WILDCARD_ABSENT || wildcard == WILDCARD_WITHOUT_TYPE;
    return known ? DENIAL_NO_NAME : DENIAL_UNPROVEN;
}

enum denial_answer denial_by_nsec3(const struct denial_input *input, const struct nsec3 *records,
                                   size_t count, struct proof_desk *desk,
                                   struct denial_output *output)
{
    struct chain3 chain = { .input = input, .at = records, .count = count, .desk = desk };
    struct encloser encloser = { .opt_out = false };
    enum denial_answer answer = DENIAL_UNPROVEN;

    switch (input->question) {
    case DENIAL_NAME: answer = deny_name(&chain, &encloser); break;
    case DENIAL_TYPE: answer = deny_type(&chain, &encloser); break;
    case DENIAL_WILDCARD: answer = deny_nearer(&chain, &encloser); break;
    case DENIAL_DS: answer = deny_ds(&chain, &encloser); break;
    }
    if (chain.spent)
        return DENIAL_SPENT;
    if (answer != DENIAL_UNPROVEN) {
        output->closest_encloser = encloser.closest;
        output->opt_out = encloser.opt_out;
    }
    return answer;
}
