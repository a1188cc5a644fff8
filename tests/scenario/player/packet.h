/* packet - messages from entries: a client's question, a server's reply.
 *
 * Errors   0 octets: the message does not fit.
 */
#ifndef CATENA_TESTS_SCENARIO_PACKET_H
#define CATENA_TESTS_SCENARIO_PACKET_H

#include "tests/scenario/player/script.h"

/* The EDNS options of a message as they stand in it; empty: none, or no OPT. */
struct bytes packet_options(struct bytes message);
/* The first option of that code; false: there is none. */
bool packet_option(struct bytes options, uint16_t code, struct bytes *value);

size_t packet_question(const struct script_packet *packet, uint16_t id, uint8_t *room);
/* `packet` is one of the entry's; adjusted to `query`, which is a sound message. */
size_t packet_reply(const struct script_entry *entry, const struct script_packet *packet,
                    struct bytes query, uint8_t *room);

#endif
