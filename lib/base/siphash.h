/* siphash - keyed hash of octets: 1-3 for tables, 2-4 for cookies (RULINGS B24). */
#ifndef CATENA_BASE_SIPHASH_H
#define CATENA_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
    uint64_t k0, k1;
};

uint64_t siphash13(const struct siphash_key *key, const void *octets, size_t len);
uint64_t siphash24(const struct siphash_key *key, const void *octets, size_t len);

#endif
