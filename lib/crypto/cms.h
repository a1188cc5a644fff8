/* cms - is a file signed by whom it should be? A detached CMS signature over its octets.
 *
 * Shape    one call: the signature holds, every signer's certificate leads to one of the CAs given
 *          at the time given, and one signer's certificate names `email`.
 * Owns     nothing; borrows all of it.
 * Time     given.
 * Errors   ST_MALFORMED: not so, or cannot be read, with a sentence in `why`; ST_NOMEM.
 * Spec     RFC 5652 §5, RFC 9718 §3.
 */
#ifndef CATENA_CRYPTO_CMS_H
#define CATENA_CRYPTO_CMS_H

#include "lib/base/bytes.h"
#include "lib/base/instant.h"
#include "lib/base/status.h"
#include "lib/crypto/crypto.h"

enum { CMS_WHY = 256, CMS_OCTETS_MAX = 1 << 20, CMS_CAS_MAX = 16 };

struct cms_file {
    struct bytes content, signature; /* signature: DER; each CMS_OCTETS_MAX at most */
    struct bytes cas;                /* PEM, CMS_CAS_MAX certificates at most */
    const char *email;               /* of the signer */
    struct unixtime at;
};

enum status cms_verify(const struct crypto *crypto, const struct cms_file *file, char why[CMS_WHY])
    MUST_USE;

#endif
