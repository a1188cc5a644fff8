/* files - how many file descriptors the process may have, and who gets how many.
 *
 * Shape    limits.tcp_clients of the process and limits.upstream_sockets of each worker are lowered
 *          until they fit beside what is open anyway and a reserve, so that no accept and no
 *          upstream socket ever finds that there are none left.
 * Errors   false: fewer are allowed than any service needs.
 * Spec     LIMITS G6; RULINGS B34.
 */
#ifndef CATENA_FILES_H
#define CATENA_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/limits.h"

enum { FILES_BASE = 256, FILES_PER_WORKER = 64, FILES_RESERVE = 32 };

/* The least that `workers` can work with. */
uint64_t files_least(unsigned workers);

struct files_users {
    unsigned workers, doors; /* doors: listening sockets of all workers */
};

/* `allowed` descriptors, files_least at least. True: the limits were lowered. */
bool files_share(uint64_t allowed, const struct files_users *users, struct limits *limits);

#endif
