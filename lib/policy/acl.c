#include "lib/policy/acl.h"

#include <string.h>

#include "lib/base/memory.h"

enum { MAPPED_OCTETS = 12, MAPPED_BITS = 96 };

/* RFC 4291 §2.5.5.2: ::ffff:0:0/96 holds the IPv4 addresses. */
static const uint8_t mapped[MAPPED_OCTETS] = { [10] = 0xFF, [11] = 0xFF };

enum status acl_add(struct acl *acl, const struct prefix *prefix)
{
    if (acl->count >= ACL_MAX)
        return ST_LIMIT;
    struct prefix *more = memory_resize(acl->prefixes, acl->count + 1u, sizeof *more);
    if (more == NULL)
        return ST_NOMEM;
    more[acl->count] = *prefix;
    acl->prefixes = more;
    acl->count++;
    return ST_OK;
}

enum status acl_add_text(struct acl *acl, const char *prefix)
{
    struct prefix parsed;
    TRY(prefix_parse(prefix, &parsed));
    return acl_add(acl, &parsed);
}

enum status acl_copy(const struct acl *acl, struct acl *copy)
{
    if (acl->count == 0)
        return ST_OK;
    copy->prefixes = memory_array(acl->count, sizeof *copy->prefixes);
    if (copy->prefixes == NULL)
        return ST_NOMEM;
    memcpy(copy->prefixes, acl->prefixes, acl->count * sizeof *copy->prefixes);
    copy->count = acl->count;
    return ST_OK;
}

void acl_clear(struct acl *acl)
{
    memory_free(acl->prefixes);
    *acl = (struct acl){ .count = 0 };
}

static bool is_mapped(const struct endpoint *endpoint)
{
    return endpoint->family == 6 && memcmp(endpoint->octets, mapped, sizeof mapped) == 0;
}

/* A mapped address is the IPv4 address within: "::/0" lets no IPv4 address in. Only a prefix
 * written inside ::ffff:0:0/96 means the mapped form itself. */
bool acl_holds(const struct acl *acl, const struct endpoint *endpoint)
{
    bool six_as_four = is_mapped(endpoint);
    struct endpoint four = *endpoint;

    if (six_as_four)
        four = endpoint_v4(endpoint->octets + MAPPED_OCTETS, endpoint->port);
    for (unsigned i = 0; i < acl->count; i++) {
        const struct prefix *prefix = &acl->prefixes[i];
        bool wider = prefix->base.family == 6 && prefix->bits < MAPPED_BITS;
        if (prefix_holds(prefix, &four) ||
            (six_as_four && !wider && prefix_holds(prefix, endpoint)))
            return true;
    }
    return false;
}

static bool is_within(const struct prefix *prefix, const struct prefix *outer)
{
    return outer->bits <= prefix->bits && prefix_holds(outer, &prefix->base);
}

/* An equal one counts at its first place alone. */
static bool is_counted_elsewhere(const struct acl *acl, unsigned index)
{
    for (unsigned i = 0; i < acl->count; i++)
        if (i != index && is_within(&acl->prefixes[index], &acl->prefixes[i]) &&
            (i < index || acl->prefixes[i].bits < acl->prefixes[index].bits))
            return true;
    return false;
}

/* Two prefixes are apart, or one holds the other: what no other holds adds up. */
uint64_t acl_share(const struct acl *acl, const struct prefix *whole)
{
    uint64_t share = 0;

    for (unsigned i = 0; i < acl->count; i++) {
        const struct prefix *prefix = &acl->prefixes[i];
        if (is_within(whole, prefix))
            return ACL_SHARE_ALL;
        if (!is_within(prefix, whole) || is_counted_elsewhere(acl, i))
            continue;
        unsigned deeper = prefix->bits - whole->bits;
        share += deeper <= 60 ? ACL_SHARE_ALL >> deeper : 0;
    }
    return share;
}

/* What can be no public server: asking it would mean talking to ourselves or to the inside. */
enum status acl_add_never_asked(struct acl *acl)
{
    static const char *const prefixes[] = {
        "0.0.0.0/8",      /* this host: RFC 1122 §3.2.1.3 */
        "10.0.0.0/8",     /* private: RFC 1918 §3 */
        "100.64.0.0/10",  /* shared by a provider's customers: RFC 6598 §7 */
        "127.0.0.0/8",    /* loopback */
        "169.254.0.0/16", /* link-local: RFC 3927 §2.1 */
        "172.16.0.0/12",  /* private */
        "192.168.0.0/16", /* private */
        "224.0.0.0/4",    /* multicast: RFC 5771 §3 */
        "240.0.0.0/4",    /* reserved, with the broadcast address: RFC 1112 §4 */
        "::/96",          /* unspecified, loopback, IPv4-compatible: RFC 4291 §2.5 */
        "::ffff:0:0/96",  /* mapped */
        "fc00::/7",       /* unique local: RFC 4193 §3.1 */
        "fe80::/10",      /* link-local */
        "fec0::/10",      /* site-local: RFC 3879 §4 */
        "ff00::/8",       /* multicast: RFC 4291 §2.7 */
    };
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        TRY(acl_add_text(acl, prefixes[i]));
    return ST_OK;
}
