/* net - the world's network, for world.c alone: parcels under way, sockets, servers.
 *
 * Owns     a parcel is memory of its own; whoever takes it out of `under_way` frees it.
 */
#ifndef CATENA_TESTS_SIM_NET_H
#define CATENA_TESTS_SIM_NET_H

#include "tests/sim/world.h"

enum parcel_kind {
    PARCEL_TO_SITE,
    PARCEL_REPLY,
    PARCEL_FAILED,
    PARCEL_LINGERED, /* a server looks whether its connection is idle */
    PARCEL_QUESTION,
    PARCEL_CANCEL
};
struct parcel {
    struct heap_node due;
    enum parcel_kind kind;
    uint32_t socket;
    int site;
    enum transport via;
    enum send_failure failure;
    size_t client;
    unsigned arrived; /* LINGERED: the questions until then */
    size_t len;
    uint8_t octets[];
};
struct parcel *parcel_create(struct world *world, enum parcel_kind kind, struct bytes octets,
                             uint64_t after_ns);
void net_send(struct world *world, const struct send *send);
void net_close(struct world *world, uint32_t number);
void net_at_site(struct world *world, const struct parcel *parcel);
struct world_socket *net_socket(struct world *world, uint32_t number); /* NULL: not open */
uint64_t net_way_ns(struct world *world, int site);
void net_fail_after(struct world *world, uint32_t socket, enum send_failure failure, uint64_t ns);

/* world_stream.c */
void stream_asks(struct world *world, struct world_socket *socket, const struct send *send);
void stream_send(struct world *world, struct world_socket *socket, const struct send *send,
                 int site);
bool stream_arrives(struct world *world, const struct parcel *parcel); /* false: to no end */
void stream_answers(struct world *world, const struct parcel *parcel, uint8_t *octets, size_t len);
void stream_lingered(struct world *world, const struct parcel *parcel);
void stream_hears(struct world_socket *socket, struct bytes message);

#endif
