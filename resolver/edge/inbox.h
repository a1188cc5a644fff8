/* inbox - questions over TCP as they come: octets cut anywhere, each message behind its length.
 *
 * Owns     nothing: the buffer is the connection's, spans borrow from it.
 * Spec     RFC 1035 §4.2.2, RFC 7766 §8; LIMITS F8 (CLIENT_QUERY_OCTETS_MAX).
 */
#ifndef CATENA_EDGE_INBOX_H
#define CATENA_EDGE_INBOX_H

#include "lib/base/buffer.h"
#include "lib/base/limits.h"

enum { PREFIX_OCTETS = 2, INBOX_MAX = PREFIX_OCTETS + CLIENT_QUERY_OCTETS_MAX };

enum inbox_state { INBOX_PART, INBOX_WHOLE, INBOX_TOO_LONG };

/* The message that begins at `at`; `message` is written for INBOX_WHOLE. */
enum inbox_state inbox_look(const struct buffer *in, size_t at, struct bytes *message);

/* How many octets the buffer must hold for the first message to be whole, as far as is known. */
size_t inbox_needed(const struct buffer *in);

#endif
