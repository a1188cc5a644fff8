#include "lib/policy/private_addresses.h"

#include <string.h>

#include "lib/wire/reader.h"
#include "lib/wire/type.h"

enum { V4_OCTETS = 4, V6_OCTETS = 16, KEY_IPV4HINT = 4, KEY_IPV6HINT = 6 };

enum status private_addresses_copy(const struct private_addresses *addresses,
                                   struct private_addresses *copy)
{
    TRY(acl_copy(&addresses->hidden, &copy->hidden));
    return subtrees_copy(&addresses->shown, &copy->shown);
}

void private_addresses_clear(struct private_addresses *addresses)
{
    acl_clear(&addresses->hidden);
    subtrees_clear(&addresses->shown);
}

bool private_addresses_hides_of(const struct private_addresses *addresses, const struct name *name)
{
    return addresses->hidden.count > 0 && !subtrees_closest(&addresses->shown, name);
}

/* Where an IPv4 address begins in an IPv6 address that stands for one; 0: in none. */
static unsigned embedded_at(const uint8_t octets[V6_OCTETS])
{
    static const uint8_t nat64[12] = { 0x00, 0x64, 0xFF, 0x9B };          /* 64:ff9b::/96 */
    static const uint8_t nat64_own[6] = { 0x00, 0x64, 0xFF, 0x9B, 0, 1 }; /* RFC 8215: /48 */
    static const uint8_t six_to_four[2] = { 0x20, 0x02 };                 /* 2002::/16 */

    if (memcmp(octets, nat64, sizeof nat64) == 0 ||
        memcmp(octets, nat64_own, sizeof nat64_own) == 0)
        return V6_OCTETS - V4_OCTETS;
    return memcmp(octets, six_to_four, sizeof six_to_four) == 0 ? sizeof six_to_four : 0;
}

static bool is_hidden(const struct acl *hidden, const uint8_t *octets, size_t len)
{
    struct endpoint whole, within;
    unsigned at;

    if (len == V4_OCTETS) {
        whole = endpoint_v4(octets, 0);
        return acl_holds(hidden, &whole);
    }
    whole = endpoint_v6(octets, 0);
    at = embedded_at(octets);
    if (at > 0)
        within = endpoint_v4(octets + at, 0);
    return acl_holds(hidden, &whole) || (at > 0 && acl_holds(hidden, &within));
}

/* Addresses of one length, side by side. */
static bool has_hidden(const struct acl *hidden, struct bytes octets, size_t len)
{
    for (size_t at = 0; at + len <= octets.len; at += len)
        if (is_hidden(hidden, octets.at + at, len))
            return true;
    return false;
}

/* RFC 9460 §2.2: priority, target, then parameters to the end. */
static bool in_service(const struct acl *hidden, struct bytes rdata)
{
    struct reader r = reader_over(rdata);
    struct name target;

    (void)reader_u16(&r);
    reader_plain_name(&r, &target);
    while (!r.failed && reader_left(&r) > 0) {
        uint16_t key = reader_u16(&r), len = reader_u16(&r);
        const uint8_t *value = reader_take(&r, len);
        size_t each = key == KEY_IPV4HINT ? V4_OCTETS : V6_OCTETS;
        if (value && (key == KEY_IPV4HINT || key == KEY_IPV6HINT) &&
            has_hidden(hidden, (struct bytes){ value, len }, each))
            return true;
    }
    return false;
}

bool private_addresses_in(const struct private_addresses *addresses, const struct rrset *set)
{
    const struct acl *hidden = &addresses->hidden;
    struct bytes rdata;

    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &rdata);) {
        bool found = false;
        switch (set->type) {
        case TYPE_A: found = has_hidden(hidden, rdata, V4_OCTETS); break;
        case TYPE_AAAA: found = has_hidden(hidden, rdata, V6_OCTETS); break;
        case TYPE_SVCB:
        case TYPE_HTTPS: found = in_service(hidden, rdata); break;
        default: return false;
        }
        if (found)
            return true;
    }
    return false;
}
