#include "tests/sim/truth.h"

#include "lib/wire/type.h"

enum { FOLLOWED_MAX = 40, ALIAS_LINKS_MAX = 11 };

/* RFC 4035 §3.1.4.1: the DS of a zone is its parent's. */
static const struct zone *deepest_zone(const struct internet *internet, const struct name *name,
                                       uint16_t type)
{
    const struct zone *best = &internet->zones[0];

    for (size_t i = 1; i < internet->zone_count; i++) {
        const struct zone *zone = &internet->zones[i];
        bool own = type == TYPE_DS && name_equal(&zone->apex, name);
        if (name_under(name, &zone->apex) && !own && !zone->taken_back &&
            zone->apex.labels >= best->apex.labels)
            best = zone;
    }
    return best;
}

static bool is_served(const struct internet *internet, const bool *useless, const struct zone *zone)
{
    for (size_t i = 0; i < internet->site_count; i++)
        for (size_t k = 0; k < internet->sites[i].zone_count; k++)
            if (internet->sites[i].zones[k] == zone && !useless[i])
                return true;
    return false;
}

static bool can_be_reached(const struct internet *internet, const bool *useless,
                           const struct zone *zone)
{
    for (; zone; zone = zone->parent)
        if (!is_served(internet, useless, zone))
            return false;
    return true;
}

static bool owned_by_www(const struct name *name)
{
    struct bytes label = name_label(name, 0);
    return label.len == 3 && memcmp(label.at, "www", 3) == 0;
}

static enum security security_of(const struct zone *zone, const struct name *name,
                                 const struct finding *finding)
{
    bool absent = finding->kind == FOUND_NODATA || finding->kind == FOUND_NXDOMAIN;
    bool opted_out = zone->plan->denial == DENIED_WITH_OPT_OUT && finding->set == NULL;

    if (zone->truth != SEC_SECURE)
        return zone->truth;
    if (zone->plan->odd & ODD_STRIPPED && owned_by_www(name) && !absent)
        return SEC_BOGUS;
    if (zone->plan->odd & ODD_KEYTRAP && !absent)
        return SEC_BOGUS;
    if (zone->plan->odd & ODD_NO_DENIAL && (absent || finding->by_wildcard))
        return SEC_BOGUS;
    /* Where a name has a record of its own in the chain, opt-out changes nothing. */
    if (opted_out && (finding->kind == FOUND_NXDOMAIN ||
                      (absent && zone_set(zone, name, TYPE_NS) && !name_equal(name, &zone->apex))))
        return SEC_INSECURE;
    return SEC_SECURE;
}

static enum security weaker(enum security a, enum security b)
{
    return a < b ? a : b;
}

/* One link; true: `name` is now the next one's. */
static bool follow(const struct zone *zone, struct name *name, uint16_t type, struct truth *truth)
{
    struct finding finding;
    struct name to, next;

    zone_find(zone, name, type, &finding);
    truth->security = weaker(truth->security, security_of(zone, name, &finding));
    if (finding.kind == FOUND_CNAME)
        return name_from_wire(rrset_rdata(finding.set, 0), name) == ST_OK;
    if (finding.kind == FOUND_DNAME) {
        if (name_from_wire(rrset_rdata(finding.set, 0), &to) != ST_OK)
            return false;
        if (name_substitute(name, &finding.encloser, &to, &next) != ST_OK) {
            truth->fails = true;
            return false;
        }
        *name = next;
        return true;
    }
    truth->rcode = finding.kind == FOUND_NXDOMAIN ? RCODE_NXDOMAIN : RCODE_NOERROR;
    truth->set = finding.kind == FOUND_DATA ? finding.set : NULL;
    return false;
}

void truth_find(const struct internet *internet, const bool *useless,
                const struct question *question, struct truth *truth)
{
    struct name name = question->name;

    *truth = (struct truth){ .security = SEC_SECURE, .reachable = true };
    while (truth->links < FOLLOWED_MAX) {
        const struct zone *zone = deepest_zone(internet, &name, question->type);
        truth->reachable = truth->reachable && can_be_reached(internet, useless, zone);
        truth->may_fail = truth->may_fail || zone->plan->odd & (ODD_TRAP | ODD_MAZE);
        if (!follow(zone, &name, question->type, truth))
            break;
        truth->links++;
    }
    truth->fails = truth->fails || truth->links > ALIAS_LINKS_MAX;
}
