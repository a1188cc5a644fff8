#include "lib/dnssec/bitmap.h"
#include "lib/dnssec/denial_parts.h"
#include "lib/wire/type.h"

/* ---- what a bitmap says, of NSEC and NSEC3 alike ---- */

bool denial_of_type(struct bytes bitmap, const struct name *owner, uint16_t type)
{
    bool apex = bitmap_has(bitmap, TYPE_SOA);
    bool parent_side = bitmap_has(bitmap, TYPE_NS) && !apex;
    bool child_side = apex && owner->labels > 0; /* the root has no parent that could deny its DS */

    if (type == TYPE_DS ? child_side : parent_side)
        return false;
    if (bitmap_has(bitmap, TYPE_CNAME))
        return false;
    if (type == TYPE_ANY)
        return bitmap_count(bitmap) == (unsigned)bitmap_has(bitmap, TYPE_RRSIG) +
                                           bitmap_has(bitmap, TYPE_NSEC) +
                                           bitmap_has(bitmap, TYPE_NXNAME);
    return !bitmap_has(bitmap, type);
}

bool denial_of_own_name(struct bytes bitmap, const struct name *owner)
{
    return bitmap_has(bitmap, TYPE_NXNAME) && denial_of_type(bitmap, owner, TYPE_ANY);
}

enum denial_answer denial_of_ds(struct bytes bitmap, const struct name *owner)
{
    if (!denial_of_type(bitmap, owner, TYPE_DS))
        return DENIAL_UNPROVEN;
    if (denial_of_own_name(bitmap, owner))
        return DENIAL_NO_NAME;
    if (owner->labels == 0)
        return DENIAL_PROVEN;
    return bitmap_has(bitmap, TYPE_NS) ? DENIAL_DELEGATION : DENIAL_NO_CUT;
}

/* ---- NSEC ---- */

struct chain {
    const struct nsec *at;
    size_t count;
    const struct name *zone;
};

static const struct nsec *find_match(const struct chain *chain, const struct name *name)
{
    for (size_t i = 0; i < chain->count; i++)
        if (nsec_matches(&chain->at[i], name))
            return &chain->at[i];
    return NULL;
}

static bool is_empty_nonterminal(const struct chain *chain, const struct name *name)
{
    for (size_t i = 0; i < chain->count; i++)
        if (nsec_shows_empty_nonterminal(&chain->at[i], name))
            return true;
    return false;
}

/* A record by which `name` does not exist: an empty non-terminal does (RFC 4592 §2.2.2). */
static const struct nsec *find_cover(const struct chain *chain, const struct name *name)
{
    if (is_empty_nonterminal(chain, name))
        return NULL;
    for (size_t i = 0; i < chain->count; i++)
        if (nsec_covers(&chain->at[i], name, chain->zone))
            return &chain->at[i];
    return NULL;
}

static enum denial_wildcard wildcard_at(const struct chain *chain, const struct name *encloser,
                                        uint16_t type)
{
    struct name wildcard;

    if (name_wildcard(encloser, &wildcard) != ST_OK)
        return WILDCARD_UNKNOWN;
    const struct nsec *match = find_match(chain, &wildcard);
    if (match != NULL)
        return denial_of_type(match->bitmap, &wildcard, type) ? WILDCARD_WITHOUT_TYPE
                                                              : WILDCARD_UNKNOWN;
    if (is_empty_nonterminal(chain, &wildcard))
        return WILDCARD_WITHOUT_TYPE;
    return find_cover(chain, &wildcard) != NULL ? WILDCARD_ABSENT : WILDCARD_UNKNOWN;
}

/* RFC 4035 §5.4: neither the name nor the wildcard that could have stood in for it; or RFC 9824
 * §5.1, the name's own record where the server restored NXDOMAIN. */
static enum denial_answer deny_name(const struct chain *chain, const struct denial_input *input,
                                    struct name *encloser)
{
    const struct nsec *match = find_match(chain, input->name);
    if (match != NULL)
        return denial_of_own_name(match->bitmap, input->name) ? DENIAL_PROVEN : DENIAL_UNPROVEN;
    const struct nsec *cover = find_cover(chain, input->name);
    if (cover == NULL)
        return DENIAL_UNPROVEN;
    *encloser = nsec_closest_encloser(cover, input->name);
    bool absent = wildcard_at(chain, encloser, TYPE_ANY) == WILDCARD_ABSENT;
    return absent ? DENIAL_PROVEN : DENIAL_UNPROVEN;
}

/* That the name does not exist either is no NODATA: rcode and proof then contradict each other, and
 * who changed the rcode could make a name look alive (compare RFC 5155 §8.5, a MUST for NSEC3). */
static enum denial_answer deny_type(const struct chain *chain, const struct denial_input *input,
                                    struct name *encloser)
{
    const struct nsec *match = find_match(chain, input->name);
    if (match != NULL)
        return denial_of_type(match->bitmap, input->name, input->type) ? DENIAL_PROVEN
                                                                       : DENIAL_UNPROVEN;
    if (is_empty_nonterminal(chain, input->name))
        return DENIAL_PROVEN;
    const struct nsec *cover = find_cover(chain, input->name);
    if (cover == NULL)
        return DENIAL_UNPROVEN;
    *encloser = nsec_closest_encloser(cover, input->name);
    bool without = wildcard_at(chain, encloser, input->type) == WILDCARD_WITHOUT_TYPE;
    return without ? DENIAL_PROVEN : DENIAL_UNPROVEN;
}

/* RFC 4035 §5.3.4: the name does not exist, nor a wildcard nearer to it than the one expanded. */
static enum denial_answer deny_nearer(const struct chain *chain, const struct denial_input *input,
                                      struct name *encloser)
{
    const struct nsec *cover = find_cover(chain, input->name);
    if (cover == NULL)
        return DENIAL_UNPROVEN;
    *encloser = nsec_closest_encloser(cover, input->name);
    return encloser->labels == input->wildcard_labels ? DENIAL_PROVEN : DENIAL_UNPROVEN;
}

/* A name that does not exist has no DS, if no wildcard had one to give (LIMITS C5). */
static enum denial_answer deny_ds(const struct chain *chain, const struct denial_input *input,
                                  struct name *encloser)
{
    const struct nsec *match = find_match(chain, input->name);
    if (match != NULL)
        return denial_of_ds(match->bitmap, input->name);
    if (is_empty_nonterminal(chain, input->name))
        return DENIAL_NO_CUT;
    const struct nsec *cover = find_cover(chain, input->name);
    if (cover == NULL)
        return DENIAL_UNPROVEN;
    *encloser = nsec_closest_encloser(cover, input->name);
    bool known = wildcard_at(chain, encloser, TYPE_DS) != WILDCARD_UNKNOWN;
    return known ? DENIAL_NO_NAME : DENIAL_UNPROVEN;
}

enum denial_answer denial_by_nsec(const struct denial_input *input, const struct nsec *records,
                                  size_t count, struct denial_output *output)
{
    struct chain chain = { records, count, input->zone };
    struct name encloser = { .len = 0 };
    enum denial_answer answer = DENIAL_UNPROVEN;

    switch (input->question) {
    case DENIAL_NAME: answer = deny_name(&chain, input, &encloser); break;
    case DENIAL_TYPE: answer = deny_type(&chain, input, &encloser); break;
    case DENIAL_WILDCARD: answer = deny_nearer(&chain, input, &encloser); break;
    case DENIAL_DS: answer = deny_ds(&chain, input, &encloser); break;
    }
    if (answer != DENIAL_UNPROVEN)
        output->closest_encloser = encloser;
    return answer;
}
