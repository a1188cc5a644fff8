/* shorten - what is left of a reply that may not go out whole: header, question, a bare OPT.
 *
 * Shape    in place. An answer, and a name that does not exist, get TC, so that the client asks
 *          over TCP; an error says all without its EDE and gets none. The OPT keeps size, flags and
 *          the upper bits of the rcode, loses its options, and is left out where it does not fit.
 * Spec     RFC 2181 §9, RFC 6891 §6.1.1; LIMITS 4.2: never longer than the query.
 */
#ifndef CATENA_WIRE_SHORTEN_H
#define CATENA_WIRE_SHORTEN_H

#include <stddef.h>
#include <stdint.h>

/* Returns the new length, at most `limit`; 0: not even header and question fit, or it is no reply
 * with at most one question. */
size_t shorten(uint8_t *message, size_t octets, size_t limit);

#endif
