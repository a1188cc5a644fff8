#include "lib/crypto/digest.h"

#include <assert.h>
#include <openssl/err.h>

#include "lib/crypto/internal.h"

enum digest_kind digest_kind_of(const char *name)
{
    static const char *const names[DIGEST_KINDS] = { "", "SHA1", "SHA256", "SHA384", "SHA512" };
    for (unsigned kind = DIGEST_SHA1; name != NULL && kind < DIGEST_KINDS; kind++)
        if (strcmp(names[kind], name) == 0)
            return (enum digest_kind)kind;
    return (enum digest_kind)0;
}

enum digest_kind digest_kind_of_ds(uint8_t type)
{
    static const uint8_t kinds[] = { [1] = DIGEST_SHA1, [2] = DIGEST_SHA256, [4] = DIGEST_SHA384 };
    return type < sizeof kinds ? (enum digest_kind)kinds[type] : (enum digest_kind)0;
}

enum status digest(struct keyring *keyring, enum digest_kind kind, const struct bytes *spans,
                   size_t count, uint8_t into[DIGEST_OCTETS_MAX])
{
    assert(kind >= DIGEST_SHA1 && (unsigned)kind < DIGEST_KINDS);
    EVP_MD_CTX *context = keyring->digests[kind];
    if (context == NULL)
        return ST_UNSUPPORTED;

    ERR_set_mark();
    bool done = EVP_DigestInit_ex2(context, keyring->crypto->digests[kind], NULL) == 1;
    for (size_t i = 0; i < count && done; i++)
        done = EVP_DigestUpdate(context, spans[i].at, spans[i].len) == 1;
    done = done && EVP_DigestFinal_ex(context, into, NULL) == 1;
    ERR_pop_to_mark();
    return done ? ST_OK : ST_NOMEM;
}

enum status digest_ds(struct keyring *keyring, uint8_t type, struct bytes lower_owner,
                      struct bytes dnskey, uint8_t into[DIGEST_OCTETS_MAX])
{
    enum digest_kind kind = digest_kind_of_ds(type);
    struct bytes spans[] = { lower_owner, dnskey };
    keyring->octets += lower_owner.len + dnskey.len;
    return kind == 0 ? ST_UNSUPPORTED : digest(keyring, kind, spans, 2, into);
}

enum status digest_nsec3(struct keyring *keyring, struct bytes lower_name, struct bytes salt,
                         unsigned iterations, uint8_t hash[20])
{
    uint8_t round[DIGEST_OCTETS_MAX];
    struct bytes spans[] = { lower_name, salt };
    keyring->nsec3_rounds += 1 + (uint64_t)iterations;
    TRY(digest(keyring, DIGEST_SHA1, spans, 2, round));
    spans[0] = (struct bytes){ round, 20 };
    for (unsigned i = 0; i < iterations; i++)
        TRY(digest(keyring, DIGEST_SHA1, spans, 2, round));
    memcpy(hash, round, 20);
    return ST_OK;
}
