#include "lib/crypto/keyring.h"

#include "lib/base/memory.h"
#include "lib/base/prng.h"
#include "lib/crypto/algorithm.h"
#include "lib/crypto/internal.h"

enum { DNSKEY_HEAD = 4, DNSKEY_ALGORITHM = 3 }; /* flags, protocol, algorithm; RFC 4034 §2.1 */

static bool make_contexts(struct keyring *keyring)
{
    for (unsigned kind = DIGEST_SHA1; kind < DIGEST_KINDS; kind++) {
        if (keyring->crypto->digests[kind] == NULL)
            continue;
        keyring->digests[kind] = EVP_MD_CTX_new();
        if (keyring->digests[kind] == NULL)
            return false;
    }
    keyring->whole = EVP_MD_CTX_new();
    return keyring->whole != NULL;
}

/* The hash key comes from the system and not from the caller: it decides where an entry lies, never
 * what a check says nor which key goes, so runs repeat all the same. */
static bool draw_hash_key(struct siphash_key *key)
{
    struct prng prng;
    if (prng_seed_os(&prng) != ST_OK)
        return false;
    prng_fill(&prng, key, sizeof *key);
    return true;
}

struct keyring *keyring_create(const struct crypto *crypto, size_t keys)
{
    struct keyring *keyring = memory_new(sizeof *keyring);
    if (keyring == NULL)
        return NULL;
    keyring->crypto = crypto;
    list_init(&keyring->order);
    if (!draw_hash_key(&keyring->hash_key) ||
        table_init(&keyring->table, keys > 0 ? keys : 1) != ST_OK || !make_contexts(keyring)) {
        keyring_destroy(keyring);
        return NULL;
    }
    return keyring;
}

static void drop(struct keyring *keyring, struct keyring_entry *entry)
{
    table_remove(&keyring->table, &entry->in_table);
    list_remove(&entry->in_order);
    key_close(&entry->key);
    memory_free(entry);
}

static struct keyring_entry *least_used(struct keyring *keyring)
{
    return LIST_OF(keyring->order.prev, struct keyring_entry, in_order);
}

void keyring_destroy(struct keyring *keyring)
{
    if (keyring == NULL)
        return;
    while (!list_empty(&keyring->order))
        drop(keyring, least_used(keyring));
    table_clear(&keyring->table);
    for (unsigned kind = 0; kind < DIGEST_KINDS; kind++)
        EVP_MD_CTX_free(keyring->digests[kind]);
    EVP_MD_CTX_free(keyring->whole);
    memory_free(keyring);
}

const struct crypto *keyring_crypto(const struct keyring *keyring)
{
    return keyring->crypto;
}

size_t keyring_count(const struct keyring *keyring)
{
    return keyring->table.count;
}

uint64_t keyring_checks(const struct keyring *keyring)
{
    return keyring->checks;
}

uint64_t keyring_octets(const struct keyring *keyring)
{
    return keyring->octets;
}

uint64_t keyring_nsec3_rounds(const struct keyring *keyring)
{
    return keyring->nsec3_rounds;
}

static struct keyring_entry *look_up(struct keyring *keyring, struct bytes octets, uint64_t hash)
{
    struct table_node *node = table_first(&keyring->table, hash);
    for (; node != NULL; node = table_next(node)) {
        struct keyring_entry *entry = LIST_OF(node, struct keyring_entry, in_table);
        if (bytes_equal(octets, (struct bytes){ entry->octets, entry->len }))
            return entry;
    }
    return NULL;
}

static struct keyring_entry *add(struct keyring *keyring, struct bytes octets, uint64_t hash)
{
    struct keyring_entry *entry = memory_new(sizeof *entry + octets.len);
    if (entry == NULL)
        return NULL;
    memcpy(entry->octets, octets.at, octets.len);
    entry->len = (uint16_t)octets.len;
    entry->verdict = key_open(keyring->crypto, octets.at[0],
                              (struct bytes){ octets.at + 1, octets.len - 1 }, &entry->key);
    bool kept = entry->verdict != VERIFY_NO_MEMORY;
    if (kept && keyring->table.count == keyring->table.max)
        drop(keyring, least_used(keyring));
    if (!kept || table_insert(&keyring->table, &entry->in_table, hash) != ST_OK) {
        key_close(&entry->key);
        memory_free(entry);
        return NULL;
    }
    list_init(&entry->in_order);
    return entry;
}

/* The flags are left out of what is compared: a key that is revoked is the same key. */
enum verify_result keyring_key(struct keyring *keyring, struct bytes dnskey, const struct key **key)
{
    if (dnskey.len < DNSKEY_HEAD)
        return VERIFY_BAD_KEY;
    if (!crypto_has_algorithm(keyring->crypto, dnskey.at[DNSKEY_ALGORITHM]))
        return VERIFY_UNSUPPORTED;
    if (dnskey.len > DNSKEY_HEAD + KEY_OCTETS_MAX) { /* judged by its form alone, hence cheap */
        struct key none;
        return key_open(keyring->crypto, dnskey.at[DNSKEY_ALGORITHM],
                        (struct bytes){ dnskey.at + DNSKEY_HEAD, dnskey.len - DNSKEY_HEAD }, &none);
    }
    struct bytes octets = { dnskey.at + DNSKEY_ALGORITHM, dnskey.len - DNSKEY_ALGORITHM };
    uint64_t hash = siphash13(&keyring->hash_key, octets.at, octets.len);
    struct keyring_entry *entry = look_up(keyring, octets, hash);
    if (entry == NULL)
        entry = add(keyring, octets, hash);
    if (entry == NULL)
        return VERIFY_NO_MEMORY;
    list_remove(&entry->in_order);
    list_push(keyring->order.next, &entry->in_order);
    *key = &entry->key;
    return entry->verdict;
}
