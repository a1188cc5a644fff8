/* bytes - a borrowed span of octets.
 *
 * Shape    len octets at `at`; at may be NULL only when len is 0.
 * Owns     nothing: whoever made the octets keeps them.
 */
#ifndef CATENA_BASE_BYTES_H
#define CATENA_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *at;
    size_t len;
};

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Order as left-justified unsigned octets: <0, 0, >0 (RFC 4034 §6.3). */
static inline int bytes_compare(struct bytes a, struct bytes b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared ? memcmp(a.at, b.at, shared) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

#endif
