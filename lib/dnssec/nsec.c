#include "lib/dnssec/nsec.h"

#include "lib/dnssec/bitmap.h"
#include "lib/wire/reader.h"
#include "lib/wire/type.h"

bool nsec_read(const struct rrset *set, const struct name *zone, struct nsec *nsec)
{
    if (set->type != TYPE_NSEC || set->rr_count != 1)
        return false;
    struct reader r = reader_over(rrset_rdata(set, 0));
    nsec->owner = rrset_owner(set);
    reader_plain_name(&r, &nsec->next);
    nsec->bitmap = (struct bytes){ r.at, reader_left(&r) };
    return !r.failed && bitmap_is_sound(nsec->bitmap) && name_under(&nsec->owner, zone) &&
           name_under(&nsec->next, zone);
}

bool nsec_matches(const struct nsec *nsec, const struct name *name)
{
    return name_equal(&nsec->owner, name);
}

/* RFC 6840 §4.1: what lies below a delegation or a DNAME is not this zone's to deny. */
static bool is_cut_off(const struct nsec *nsec, const struct name *name)
{
    if (!name_strictly_under(name, &nsec->owner))
        return false;
    bool delegation = bitmap_has(nsec->bitmap, TYPE_NS) && !bitmap_has(nsec->bitmap, TYPE_SOA);
    return delegation || bitmap_has(nsec->bitmap, TYPE_DNAME);
}

/* RFC 4034 §4.1.1: only the zone's last NSEC goes back, and then to the apex; another that does not
 * ascend denies nothing. */
bool nsec_covers(const struct nsec *nsec, const struct name *name, const struct name *zone)
{
    if (!name_under(name, zone) || name_compare(&nsec->owner, name) >= 0)
        return false;
    if (!name_equal(&nsec->next, zone) && name_compare(name, &nsec->next) >= 0)
        return false;
    return !is_cut_off(nsec, name);
}

bool nsec_shows_empty_nonterminal(const struct nsec *nsec, const struct name *name)
{
    return name_compare(&nsec->owner, name) < 0 && name_strictly_under(&nsec->next, name) &&
           !is_cut_off(nsec, name);
}

struct name nsec_closest_encloser(const struct nsec *nsec, const struct name *name)
{
    unsigned by_owner = name_common_labels(&nsec->owner, name);
    unsigned by_next = name_common_labels(&nsec->next, name);
    return name_suffix(name, by_owner > by_next ? by_owner : by_next);
}
