/* doors - the listening sockets: all bound before any thread or library starts (RULINGS B1).
 *
 * Shape    for every address and worker a UDP and a TCP socket of its own with SO_REUSEPORT. An
 *          address of the default list that does not exist is skipped with a notice; a written one
 *          is bound with IP_FREEBIND, and is an error if that still fails (RULINGS A27, B39).
 * Owns     the sockets until they are handed to workers, who then close them.
 * Errors   ST_IO with one line in the log that says which address and what would help.
 */
#ifndef CATENA_DOORS_H
#define CATENA_DOORS_H

#include "resolver/config/option.h"

enum { LISTEN_BACKLOG = 512 };

struct door {
    int udp, tcp; /* -1 once handed over */
    bool wildcard;
};

struct doors {
    struct door *list; /* address a of worker w: list[w * addresses + a] */
    unsigned addresses, workers;
};

enum status doors_open(struct doors *doors, const struct endpoint *addresses, unsigned count,
                       unsigned workers, enum listen_origin origin) MUST_USE;
void doors_close(struct doors *doors); /* what was not handed over */

#endif
