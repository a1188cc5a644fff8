/* truth - what a question's answer is, read from the zones themselves and not from any message.
 *
 * Shape    follows aliases from zone to zone; the security of the whole is its weakest link's.
 * Spec     RFC 4033 §5, RFC 5155 §9.2 (opt-out proves no name's absence).
 */
#ifndef CATENA_TESTS_SIM_TRUTH_H
#define CATENA_TESTS_SIM_TRUTH_H

#include "tests/sim/internet.h"

struct truth {
    enum security security;
    bool reachable; /* each zone on the way has a server that would answer */
    bool fails;     /* an alias loop or one link too many: no resolver answers it */
    bool may_fail;  /* a limit on the way may end it */
    uint16_t rcode;
    const struct rrset *set; /* that the question ends at; NULL: there is none */
    unsigned links;          /* aliases on the way */
};

/* `useless[site]`: that server answers nothing. */
void truth_find(const struct internet *internet, const bool *useless,
                const struct question *question, struct truth *truth);

#endif
