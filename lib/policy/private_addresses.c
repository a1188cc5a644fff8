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

/* Where the octets of an IPv4 address stand in an IPv6 address. */
static const uint8_t six_to_four_place[V4_OCTETS] = { 2, 3, 4, 5 }; /* RFC 3056 §2 */
/* RFC 6052 §2.2, for prefixes of 48, 56, 64 and 96 bits: octet 8 is left out. */
static const uint8_t nat64_places[][V4_OCTETS] = {
    { 6, 7, 9, 10 }, { 7, 9, 10, 11 }, { 9, 10, 11, 12 }, { 12, 13, 14, 15 }
};
enum { NAT64_PLACES = sizeof nat64_places / sizeof *nat64_places };

static bool is_hidden_at(const struct acl *hidden, const uint8_t octets[V6_OCTETS],
                         const uint8_t place[V4_OCTETS])
{
    const uint8_t four[V4_OCTETS] = { octets[place[0]], octets[place[1]], octets[place[2]],
                                      octets[place[3]] };
    struct endpoint within = endpoint_v4(four, 0);

    return acl_holds(hidden, &within);
}

/* The network that uses 64:ff9b:1::/48 knows how long its prefix in there is, we do not: any length
 * may be meant. Where an address would begin with 0 there is none. */
static bool is_hidden_by_own(const struct acl *hidden, const uint8_t octets[V6_OCTETS])
{
    for (unsigned i = 0; i < NAT64_PLACES; i++)
        if (octets[nat64_places[i][0]] != 0 && is_hidden_at(hidden, octets, nat64_places[i]))
            return true;
    return false;
}

static bool is_hidden_within(const struct acl *hidden, const uint8_t octets[V6_OCTETS])
{
    static const uint8_t nat64[12] = { 0x00, 0x64, 0xFF, 0x9B };          /* 64:ff9b::/96 */
    static const uint8_t nat64_own[6] = { 0x00, 0x64, 0xFF, 0x9B, 0, 1 }; /* RFC 8215: /48 */
    static const uint8_t six_to_four[2] = { 0x20, 0x02 };                 /* 2002::/16 */

    if (memcmp(octets, nat64, sizeof nat64) == 0)
        return is_hidden_at(hidden, octets, nat64_places[NAT64_PLACES - 1]);
    if (memcmp(octets, nat64_own, sizeof nat64_own) == 0)
        return is_hidden_by_own(hidden, octets);
    return memcmp(octets, six_to_four, sizeof six_to_four) == 0 &&
           is_hidden_at(hidden, octets, six_to_four_place);
}

static bool is_hidden(const struct acl *hidden, const uint8_t *octets, size_t len)
{
    struct endpoint whole = len == V4_OCTETS ? endpoint_v4(octets, 0) : endpoint_v6(octets, 0);

    return acl_holds(hidden, &whole) || (len == V6_OCTETS && is_hidden_within(hidden, octets));
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
