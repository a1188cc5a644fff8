#include "resolver/ours.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/engine/sockets.h"

/* The longest list there can be, every second port on its own, is under 200 kB. */
enum { LIST_OCTETS_MAX = 256 * 1024, PORT_FIRST = 1024, INTERFACES_MAX = 1024 };

/* ---- ports ---- */

/* In one read: for the rest of such a file the kernel has no second. ST_NOTFOUND: there is no such
 * file, as on a kernel without /proc. */
static enum status read_list(const char *path, uint8_t *room, struct bytes *list)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return errno == ENOENT ? ST_NOTFOUND : ST_IO;
    got = read(fd, room, LIST_OCTETS_MAX);
    close(fd);
    if (got < 0)
        return ST_IO;
    *list = (struct bytes){ room, (size_t)got };
    return got == LIST_OCTETS_MAX ? ST_LIMIT : ST_OK;
}

static enum status read_reserved(const char *path, struct ports *reserved)
{
    uint8_t *room = memory_array(LIST_OCTETS_MAX, 1);
    struct bytes list;
    enum status status = room ? read_list(path, room, &list) : ST_NOMEM;

    if (status == ST_OK)
        status = ports_add_list(reserved, list);
    memory_free(room);
    return status == ST_NOTFOUND ? ST_OK : status;
}

void ours_close_ports(struct policy *policy, const struct options *options, const char *path)
{
    struct ports *closed = &policy->closed_ports, with_reserved;

    for (unsigned i = 0; i < options->listen_count; i++)
        ports_add(closed, options->listen[i].port, options->listen[i].port);
    with_reserved = *closed;
    if (read_reserved(path, &with_reserved) != ST_OK) {
        log_line(LOG_WARNING, "cannot read %s: ports reserved there may be used", path);
        return;
    }
    if (PORTS_COUNT - PORT_FIRST - ports_held(&with_reserved, PORT_FIRST) < SOCKET_PORTS_MIN) {
        log_line(LOG_WARNING,
                 "%s reserves more than half of all ports: not followed, since questions that "
                 "leave from few ports are easy to forge answers to; reserve fewer",
                 path);
        return;
    }
    *closed = with_reserved;
}

/* ---- addresses ---- */

static bool is_wildcard(const struct endpoint *address)
{
    static const uint8_t zero[sizeof address->octets];
    return memcmp(address->octets, zero, sizeof zero) == 0;
}

static enum status add_one(struct policy *policy, const struct endpoint *listen,
                           struct ours_addresses interfaces)
{
    if (!is_wildcard(listen))
        return policy_add_own(policy, listen);
    for (size_t i = 0; i < interfaces.count; i++) {
        struct endpoint own = interfaces.at[i];
        own.port = listen->port;
        if (own.family == listen->family)
            TRY(policy_add_own(policy, &own));
    }
    return ST_OK;
}

void ours_add_addresses(struct policy *policy, const struct options *options,
                        struct ours_addresses interfaces)
{
    for (unsigned i = 0; i < options->listen_count; i++) {
        if (add_one(policy, &options->listen[i], interfaces) == ST_OK)
            continue;
        log_line(LOG_WARNING,
                 "this machine has more than %d addresses to listen on: beyond them, name in "
                 "`upstream.refuse-addresses` those that are public",
                 OWN_MAX);
        return;
    }
}

static size_t read_interfaces(struct endpoint addresses[INTERFACES_MAX])
{
    struct ifaddrs *list;
    size_t count = 0;

    if (getifaddrs(&list) != 0) {
        log_line(LOG_WARNING,
                 "cannot read the addresses of this machine: %s; name its public ones "
                 "in `upstream.refuse-addresses`",
                 strerror(errno));
        return 0;
    }
    for (struct ifaddrs *at = list; at && count < INTERFACES_MAX; at = at->ifa_next)
        if (at->ifa_addr && endpoint_from_sockaddr(at->ifa_addr, &addresses[count]))
            count++;
    freeifaddrs(list);
    return count;
}

void ours_add_this_machine(struct policy *policy, const struct options *options)
{
    struct endpoint *addresses = memory_array(INTERFACES_MAX, sizeof *addresses);
    struct ours_addresses interfaces = { addresses, addresses ? read_interfaces(addresses) : 0 };

    ours_add_addresses(policy, options, interfaces);
    memory_free(addresses);
}

/* ---- attached networks ---- */

/* Where no router of the Internet leads: RFC 1918 §3, RFC 3927 §2.1, RFC 4193 §3.1, RFC 4291
 * §2.5. Those that a provider's customers share (RFC 6598) are other people's. */
static const char *const private_ranges[] = {
    "127.0.0.0/8",    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
    "169.254.0.0/16", "::1/128",    "fc00::/7",      "fe80::/10",
};

static bool is_private(const struct prefix *network)
{
    for (size_t i = 0; i < sizeof private_ranges / sizeof *private_ranges; i++) {
        struct prefix range;
        if (prefix_parse(private_ranges[i], &range) == ST_OK && network->bits >= range.bits &&
            prefix_holds(&range, &network->base))
            return true;
    }
    return false;
}

void ours_allow_networks(struct policy *policy, struct ours_networks networks)
{
    enum status status = acl_add_text(&policy->allow, "127.0.0.0/8");
    char text[ENDPOINT_TEXT];

    if (status == ST_OK)
        status = acl_add_text(&policy->allow, "::1/128");
    for (size_t i = 0; i < networks.count && status == ST_OK; i++) {
        if (!is_private(&networks.at[i]))
            continue;
        status = acl_add(&policy->allow, &networks.at[i]);
        log_line(LOG_NOTICE, "access.allow: local lets in %s/%u",
                 endpoint_text(&networks.at[i].base, text), networks.at[i].bits);
    }
    if (status != ST_OK)
        log_line(LOG_WARNING, "access.allow: more networks than there is room for");
}

/* The bits of a mask from its beginning on. */
static uint8_t bits_of(const struct endpoint *mask)
{
    unsigned bits = 0, most = mask->family == 4 ? 32 : 128;

    while (bits < most && mask->octets[bits / 8] & 0x80 >> bits % 8)
        bits++;
    return (uint8_t)bits;
}

static size_t read_networks(struct prefix networks[INTERFACES_MAX])
{
    struct ifaddrs *list;
    struct endpoint mask;
    size_t count = 0;

    if (getifaddrs(&list) != 0) {
        log_line(LOG_WARNING, "cannot read the networks of this machine: %s", strerror(errno));
        return 0;
    }
    for (struct ifaddrs *at = list; at && count < INTERFACES_MAX; at = at->ifa_next) {
        struct prefix *network = &networks[count];
        if (!at->ifa_addr || !at->ifa_netmask ||
            !endpoint_from_sockaddr(at->ifa_addr, &network->base) ||
            !endpoint_from_sockaddr(at->ifa_netmask, &mask))
            continue;
        network->bits = bits_of(&mask);
        network->base.port = 0;
        for (unsigned i = 0; i < sizeof mask.octets; i++)
            network->base.octets[i] &= mask.octets[i];
        count++;
    }
    freeifaddrs(list);
    return count;
}

void ours_allow_attached(struct policy *policy, const struct options *options)
{
    struct prefix *networks;

    if (!options->allow_local)
        return;
    networks = memory_array(INTERFACES_MAX, sizeof *networks);
    ours_allow_networks(policy,
                        (struct ours_networks){ networks, networks ? read_networks(networks) : 0 });
    memory_free(networks);
}
