/* ports - a set of port numbers, such as those that no question may leave from.
 *
 * Shape    a bit for each of the 65,536; all zero is the empty set.
 * Errors   ST_MALFORMED: a text that is no list of ports; the set is left as it was.
 */
#ifndef CATENA_BASE_PORTS_H
#define CATENA_BASE_PORTS_H

#include "lib/base/bytes.h"
#include "lib/base/status.h"

enum { PORTS_COUNT = 65536 };

struct ports {
    uint64_t words[PORTS_COUNT / 64];
};

static inline bool ports_hold(const struct ports *ports, uint16_t port)
{
    return ports->words[port / 64] >> port % 64 & 1;
}

void ports_add(struct ports *ports, uint16_t first, uint16_t last); /* both included */
unsigned ports_held(const struct ports *ports, uint16_t from);      /* how many, `from` and above */

/* As the kernel writes ip_local_reserved_ports: "8080,9148-9200\n"; empty is a list too. */
enum status ports_add_list(struct ports *ports, struct bytes text) MUST_USE;

#endif
