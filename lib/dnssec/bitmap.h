/* bitmap - the type bit maps of NSEC and NSEC3 (RFC 4034 §4.1.2, RFC 5155 §3.2.1). */
#ifndef CATENA_DNSSEC_BITMAP_H
#define CATENA_DNSSEC_BITMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/bytes.h"

/* Windows ascend and have 1 to 32 octets each, to the last octet. No window at all is sound. */
bool bitmap_is_sound(struct bytes bitmap);
bool bitmap_has(struct bytes bitmap, uint16_t type); /* false on an unsound map */
unsigned bitmap_count(struct bytes bitmap);          /* types set; 0 on an unsound map */

#endif
