#include "lib/base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#ifdef CATENA_TESTING
#include <stdatomic.h>

static _Atomic uint64_t until_failure; /* 0: no failure is planned; 1: the next one fails */
static atomic_bool has_struck;

void memory_fail_after(uint64_t succeed)
{
    atomic_store(&has_struck, false);
    atomic_store(&until_failure, succeed == UINT64_MAX ? 0 : succeed + 1);
}

bool memory_fail_stop(void)
{
    atomic_store(&until_failure, 0);
    return atomic_load(&has_struck);
}

static bool must_fail(void)
{
    uint64_t left = atomic_load(&until_failure);
    while (left > 0 && !atomic_compare_exchange_weak(&until_failure, &left, left - 1))
        ;
    if (left != 1)
        return false;
    atomic_store(&has_struck, true);
    return true;
}
#else
static bool must_fail(void)
{
    return false;
}
#endif

void *memory_new(size_t size)
{
    return memory_array(1, size);
}

/* Nothing is asked for as one octet, so that NULL has a single meaning. */
void *memory_array(size_t count, size_t size)
{
    size_t octets;
    if (__builtin_mul_overflow(count, size, &octets) || must_fail())
        return NULL;
    return calloc(1, octets > 0 ? octets : 1);
}

void *memory_resize(void *block, size_t count, size_t size)
{
    size_t octets;
    if (__builtin_mul_overflow(count, size, &octets) || must_fail())
        return NULL;
    return realloc(block, octets > 0 ? octets : 1);
}

char *memory_text(const char *text)
{
    assert(text != NULL);
    size_t octets = strlen(text) + 1;
    char *copy = memory_resize(NULL, 1, octets);
    return copy != NULL ? memcpy(copy, text, octets) : NULL;
}

void memory_free(void *block)
{
    free(block);
}
