/* keys - zones' keys by name, and the signed records that a scenario asks for in words.
 *
 * Shape    in the head    KEY name zone algorithm [pair=N] [flags=N] [protocol=N]
 *          in a section   @dnskey NAME...                 the zone's DNSKEY set
 *                         @ds NAME [digest=N] [tag=N] [algorithm=N] [flip]
 *                         @sign NAME... [inception=T] [expiration=T] [labels=N] [ttl=N] [tag=N]
 *                               [algorithm=N] [type=T] [signer=ZONE] [wildcard=OWNER] [flip]
 *                               signs the set that ends above it; wildcard: as that owner's set
 *                         @nsec3 ZONE matches|covers NAME [optout] [flags=N] [iterations=N]
 *                               [salt=HEX] [TYPE...]      from one hash before it, or at it, to one
 *                               behind it
 *          Pairs are those of tests/sim/keys; same text and clock, same octets. Signatures hold
 *          from a day before to 30 days after `wall`.
 * Owns     the signer; records are in the arena of the lines.
 * Errors   the flaw of the lines.
 */
#ifndef CATENA_TESTS_SCENARIO_KEYS_H
#define CATENA_TESTS_SCENARIO_KEYS_H

#include "tests/scenario/player/script.h"
#include "tests/support/sign.h"

enum { KEYS_IN_SCRIPT_MAX = 64 };

struct script_key {
    const char *name;
    struct name zone;
    struct sign_key key;
};

struct script_keys {
    struct signer *signer;
    struct keyring *keyring;
    struct script_key at[KEYS_IN_SCRIPT_MAX];
    unsigned count;
    int64_t wall;
};

bool keys_add(struct script_keys *keys, struct lines *lines, const struct words *words);
/* "zone IN DS ..." of the key named by words[1], for an anchor; NULL: a flaw. */
const char *keys_anchor(const struct script_keys *keys, struct lines *lines,
                        const struct words *words);

/* The records of one @ line. `set`: the records of the section so far; what is made is appended. */
struct script_section {
    struct script_record *first, *last;
};
bool keys_records(const struct script_keys *keys, struct lines *lines, const struct words *words,
                  struct script_section *section);
bool section_append(struct script_section *section, struct lines *lines,
                    const struct text_record *record);

#endif
