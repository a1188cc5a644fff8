/* poison - tells AddressSanitizer which octets of pool and arenas nobody may touch, since it cannot
 * see inside memory that we hand out in pieces. Without the sanitizer both do nothing.
 */
#ifndef CATENA_BASE_POISON_H
#define CATENA_BASE_POISON_H

#include <stddef.h>

#ifndef __has_feature
#define __has_feature(feature) 0 /* clang's way to ask; gcc defines __SANITIZE_ADDRESS__ */
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define POISON_SEEN 1
#else
#define POISON_SEEN 0
#endif

static inline void poison_close(void *at, size_t octets) /* not to be touched from now on */
{
#if POISON_SEEN
    __asan_poison_memory_region(at, octets);
#else
    (void)at;
    (void)octets;
#endif
}

static inline void poison_open(void *at, size_t octets)
{
#if POISON_SEEN
    __asan_unpoison_memory_region(at, octets);
#else
    (void)at;
    (void)octets;
#endif
}

#endif
