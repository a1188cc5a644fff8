#include "lib/dnssec/ds.h"

#include "lib/crypto/algorithm.h"
#include "lib/crypto/digest.h"

enum { DS_FIXED = 4, DNSSEC_PROTOCOL = 3 };

bool ds_parse(struct bytes rdata, struct ds *ds)
{
    if (rdata.len <= DS_FIXED)
        return false;
    *ds = (struct ds){
        .key_tag = (uint16_t)(rdata.at[0] << 8 | rdata.at[1]),
        .algorithm = rdata.at[2],
        .digest_type = rdata.at[3],
        .digest = { rdata.at + DS_FIXED, rdata.len - DS_FIXED },
    };
    return true;
}

bool ds_usable(const struct ds *ds, const struct name *zone, const struct proof_desk *desk)
{
    const struct crypto *crypto = keyring_crypto(desk->keyring);
    return rules_allow_algorithm(desk->rules, crypto, zone, ds->algorithm) &&
           rules_allow_digest(desk->rules, crypto, zone, ds->digest_type);
}

bool ds_set_usable(const struct rrset *ds_set, const struct proof_desk *desk, enum why *why)
{
    const struct crypto *crypto = keyring_crypto(desk->keyring);
    struct name zone = rrset_owner(ds_set);
    struct bytes rdata;
    struct ds ds;
    *why = WHY_ALGORITHM_UNSUPPORTED;
    for (struct rrset_walk walk = rrset_records(ds_set); rrset_next(&walk, &rdata);) {
        if (!ds_parse(rdata, &ds))
            continue;
        if (ds_usable(&ds, &zone, desk))
            return true;
        if (rules_allow_algorithm(desk->rules, crypto, &zone, ds.algorithm))
            *why = WHY_DIGEST_UNSUPPORTED;
    }
    return false;
}

bool ds_set_beyond_sha1(const struct rrset *ds_set, const struct proof_desk *desk)
{
    struct name zone = rrset_owner(ds_set);
    struct bytes rdata;
    struct ds ds;
    for (struct rrset_walk walk = rrset_records(ds_set); rrset_next(&walk, &rdata);)
        if (ds_parse(rdata, &ds) && ds.digest_type != DS_SHA1 && ds_usable(&ds, &zone, desk))
            return true;
    return false;
}

bool ds_matches(const struct ds *ds, const struct name *owner, const struct dnskey *key,
                struct proof_desk *desk)
{
    uint8_t hash[DIGEST_OCTETS_MAX];
    const struct ds_digest *row = ds_digest_find(ds->digest_type);
    struct name lower = name_lower(owner);
    if (row == NULL || ds->digest.len != row->octets || key->tag != ds->key_tag ||
        key->algorithm != ds->algorithm || key->protocol != DNSSEC_PROTOCOL ||
        (key->flags & DNSKEY_ZONE) == 0)
        return false;
    return digest_ds(desk->keyring, ds->digest_type, name_bytes(&lower), key->rdata, hash) ==
               ST_OK &&
           memcmp(hash, ds->digest.at, row->octets) == 0;
}
