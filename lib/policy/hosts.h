/* hosts - names and addresses as /etc/hosts has them, line by line: forward, and back.
 *
 * Shape    "ADDRESS NAME [NAME ...]", and what follows a # is nothing. An address leads back to the
 *          first name of the first line that has it. localhost is built in, with the addresses it
 *          must have (RFC 6761 §6.3): no line says anything of it.
 * Owns     nothing; the tree copies what it is given.
 * Errors   ST_MALFORMED with a sentence in `why`: nothing of the line is taken; ST_LIMIT with one
 *          too: LOCAL_NAMES_MAX, or RRS_PER_RRSET_MAX addresses of a name; ST_NOMEM.
 * Spec     hosts(5); SPEC L2, RULINGS A45; RFC 1035 §3.5, RFC 3596 §2.5 (the names of addresses).
 */
#ifndef CATENA_POLICY_HOSTS_H
#define CATENA_POLICY_HOSTS_H

#include "lib/policy/localname.h"

enum {
    HOSTS_LINE_MAX = 4096, /* octets; no line of a person is longer */
    HOSTS_TTL_S = 300      /* so that a change is seen soon */
};

enum hosts_loopback { HOSTS_WITH_LOOPBACK, HOSTS_WITHOUT_LOOPBACK };

struct hosts {
    struct local_tree *tree;
    struct arena *arena;          /* scratch: what it holds is gone with each line */
    const struct name *own;       /* names with this first label alone; NULL: all names */
    enum hosts_loopback loopback; /* whether 127.0.1.1 is an address to give to who asks */
};

enum status hosts_add_line(const struct hosts *hosts, const char *line, char why[TEXT_WHY])
    MUST_USE;

#endif
