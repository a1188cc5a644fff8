/* doorman - accepts TCP clients at a listening socket: who may come in, and for whose place.
 *
 * Shape    so many in a turn. Strangers, and who would have more places than he may, are accepted
 *          and closed, which is counted, and told once each 30 s. While all places are taken and
 *          nobody yields, and where file descriptors or memory run out, newcomers wait in the
 *          system's queue for DOORMAN_PAUSE_MS, again and again until it goes on: closed at once,
 *          as SPEC R9 has it, one honest client in forty lost its question to a crowd.
 * Owns     nothing: the fd is the listener's.
 * Threads  the loop's.
 * Spec     LIMITS F9, G6; SPEC R9.
 */
#ifndef CATENA_EDGE_DOORMAN_H
#define CATENA_EDGE_DOORMAN_H

#include "lib/net/loop.h"
#include "resolver/edge/company.h"

enum { DOORMAN_ACCEPTS = 16, DOORMAN_PAUSE_MS = 50 };

struct newcomer {
    int fd;
    struct endpoint from;
    struct crowd_client client; /* counted already */
};

struct doorman {
    struct loop *loop;
    struct company *company;
    int fd;
    /* The newcomer's fd is taken, and so is his place. */
    void (*lets_in)(struct doorman *doorman, const struct newcomer *newcomer);
    void (*sends_away)(struct doorman *doorman, struct guest *guest);
    struct watcher watcher;
    bool paused;
};

/* The members before `watcher` are set. ST_IO: nobody is watched for. */
enum status doorman_begin(struct doorman *doorman) MUST_USE;
void doorman_stop(struct doorman *doorman);
void doorman_tick(struct doorman *doorman); /* a pause that is over ends */

#endif
