/* ours - what of this machine is our own or reserved: ports that no question may leave from,
 * addresses that are no server to ask.
 *
 * Shape    read once at the start into the policy. A wildcard in `listen` stands for the addresses
 *          that the interfaces have by then.
 * Errors   what cannot be read, or is more than there is room for, is a warning in the log: the
 *          daemon serves without it.
 * Spec     SPEC I4, I21, R1; RULINGS A41, B10.
 */
#ifndef CATENA_OURS_H
#define CATENA_OURS_H

#include "resolver/config/option.h"

#define OURS_RESERVED_PORTS "/proc/sys/net/ipv4/ip_local_reserved_ports"

/* Ports of the file at `path` are closed, and with them those of `listen`. */
void ours_close_ports(struct policy *policy, const struct options *options, const char *path);

/* Where we listen, which is for `catena serve` alone: with the addresses of interfaces given, or as
 * the system has them. */
struct ours_addresses {
    const struct endpoint *at;
    size_t count;
};
void ours_add_addresses(struct policy *policy, const struct options *options,
                        struct ours_addresses interfaces);

/* `access.allow: local`: loopback, and of these networks those of private addresses (RULINGS A41);
 * or as the system has them at the start. */
struct ours_networks {
    const struct prefix *at;
    size_t count;
};
void ours_allow_networks(struct policy *policy, struct ours_networks networks);
void ours_allow_attached(struct policy *policy, const struct options *options);

void ours_add_this_machine(struct policy *policy, const struct options *options);

#endif
