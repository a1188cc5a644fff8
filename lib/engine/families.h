/* families - has one address family gone silent as a whole?
 *
 * Shape    for each family the networks (IPv6 /48, IPv4 /24) whose servers timed out since a server
 *          of that family answered last. With FAMILY_NETWORKS of them it is in doubt, unless the
 *          other is too: the other is preferred, and one question a minute probes it.
 * Owns     nothing.
 * Spec     SPEC I7.
 */
#ifndef CATENA_ENGINE_FAMILIES_H
#define CATENA_ENGINE_FAMILIES_H

#include <stdbool.h>

#include "lib/base/endpoint.h"
#include "lib/base/instant.h"

enum { FAMILY_NETWORKS = 6, FAMILY_NETWORK_OCTETS = 6, FAMILY_PROBE_S = 60 };

struct family_silence {
    uint8_t networks[FAMILY_NETWORKS][FAMILY_NETWORK_OCTETS];
    uint8_t count;
    struct instant probe_at; /* while in doubt */
};

struct families {
    struct family_silence of[2]; /* [0] IPv4, [1] IPv6 */
};

void families_timed_out(struct families *families, const struct endpoint *server,
                        struct instant now);
void families_answered(struct families *families, const struct endpoint *server);

enum family_trust { FAMILY_TRUSTED, FAMILY_DOUBTED, FAMILY_PROBE_DUE };
enum family_trust families_trust(const struct families *families, const struct endpoint *server,
                                 struct instant now);
/* It is asked now: where that is a probe, the next is due in a minute. */
void families_asked(struct families *families, const struct endpoint *server, struct instant now);

#endif
