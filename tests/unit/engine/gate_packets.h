/* gate_packets - clients' messages at random: lawful ones, odd ones, and what a few wrong octets
 * make of either. */
#ifndef CATENA_TESTS_UNIT_GATE_PACKETS_H
#define CATENA_TESTS_UNIT_GATE_PACKETS_H

#include "lib/base/prng.h"
#include "tests/unit/engine/gate_model.h"

enum { PACKET_OCTETS = 8192 };

struct packet {
    uint8_t octets[PACKET_OCTETS];
    size_t len;
};

/* For `client` in this world: some of the cookies are its own, of any age. */
void packet_make(struct prng *prng, const struct model_world *world,
                 const struct model_client *client, struct packet *packet);

#endif
