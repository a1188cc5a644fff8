#include "lib/engine/families.h"

#include <string.h>

enum { IPV4_NETWORK_OCTETS = 3 };

static unsigned index_of(const struct endpoint *server)
{
    return server->family == 6;
}

void families_timed_out(struct families *families, const struct endpoint *server,
                        struct instant now)
{
    struct family_silence *silence = &families->of[index_of(server)];
    uint8_t network[FAMILY_NETWORK_OCTETS] = { 0 };

    memcpy(network, server->octets,
           server->family == 6 ? FAMILY_NETWORK_OCTETS : IPV4_NETWORK_OCTETS);
    for (unsigned i = 0; i < silence->count; i++)
        if (memcmp(silence->networks[i], network, sizeof network) == 0)
            return;
    if (silence->count == FAMILY_NETWORKS)
        return;
    memcpy(silence->networks[silence->count++], network, sizeof network);
    silence->probe_at = instant_after_s(now, FAMILY_PROBE_S);
}

void families_answered(struct families *families, const struct endpoint *server)
{
    families->of[index_of(server)].count = 0;
}

static bool in_doubt(const struct families *families, unsigned family)
{
    return families->of[family].count == FAMILY_NETWORKS &&
           families->of[!family].count < FAMILY_NETWORKS;
}

enum family_trust families_trust(const struct families *families, const struct endpoint *server,
                                 struct instant now)
{
    unsigned family = index_of(server);

    if (!in_doubt(families, family))
        return FAMILY_TRUSTED;
    return instant_before(now, families->of[family].probe_at) ? FAMILY_DOUBTED : FAMILY_PROBE_DUE;
}

void families_asked(struct families *families, const struct endpoint *server, struct instant now)
{
    if (families_trust(families, server, now) == FAMILY_PROBE_DUE)
        families->of[index_of(server)].probe_at = instant_after_s(now, FAMILY_PROBE_S);
}
