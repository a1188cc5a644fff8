#include "lib/crypto/cms.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <strings.h>

#include "lib/crypto/internal.h"

/* What one check holds; all of it is freed at its end, NULL or not. */
struct checking {
    const struct crypto *crypto;
    const struct cms_file *file;
    char *why;
    X509_STORE *store;
    CMS_ContentInfo *cms;
    BIO *content;
};

static enum status say(const struct checking *c, const char *what)
{
    unsigned long error = ERR_peek_last_error();
    const char *reason = error ? ERR_reason_error_string(error) : NULL;
    const char *detail = NULL;
    int flags = 0;

    (void)ERR_peek_last_error_data(&detail, &flags);
    if (!(flags & ERR_TXT_STRING))
        detail = NULL;
    (void)snprintf(c->why, CMS_WHY, "%s%s%s%s%s", what, reason ? ": " : "", reason ? reason : "",
                   detail && *detail ? ", " : "", detail && *detail ? detail : "");
    return ST_MALFORMED;
}

/* A read-only BIO over octets; NULL: no memory, or too long. */
static BIO *over(struct bytes octets)
{
    return octets.len <= CMS_OCTETS_MAX ? BIO_new_mem_buf(octets.at, (int)octets.len) : NULL;
}

/* Certificates of the PEM text until its end. */
static unsigned add_cas(const struct checking *c, BIO *pem)
{
    unsigned count = 0;

    for (unsigned i = 0; i < CMS_CAS_MAX; i++) {
        X509 *ca = X509_new_ex(c->crypto->library, NULL);
        if (ca && PEM_read_bio_X509(pem, &ca, NULL, NULL) && X509_STORE_add_cert(c->store, ca) == 1)
            count++;
        else
            i = CMS_CAS_MAX;
        X509_free(ca);
    }
    return count;
}

static enum status make_store(struct checking *c)
{
    BIO *pem = over(c->file->cas);
    unsigned count;

    c->store = X509_STORE_new();
    if (!pem || !c->store) {
        BIO_free(pem);
        return ST_NOMEM;
    }
    count = add_cas(c, pem);
    BIO_free(pem);
    if (count == 0)
        return say(c, "there is no CA certificate to check the signature against");
    X509_VERIFY_PARAM *param = X509_STORE_get0_param(c->store);
    X509_VERIFY_PARAM_set_time(param, (time_t)c->file->at.s);
    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY); /* the e-mail address says what for */
    return ST_OK;
}

static enum status read_signature(struct checking *c)
{
    BIO *der = over(c->file->signature);

    c->content = over(c->file->content);
    c->cms = CMS_ContentInfo_new_ex(c->crypto->library, NULL);
    if (!der || !c->content || !c->cms) {
        BIO_free(der);
        return ST_NOMEM;
    }
    bool read = d2i_CMS_bio(der, &c->cms) != NULL;
    BIO_free(der);
    return read ? ST_OK : say(c, "the signature is no CMS in DER");
}

static bool names(X509 *certificate, const char *email)
{
    STACK_OF(OPENSSL_STRING) *all = X509_get1_email(certificate);
    bool named = false;

    for (int i = 0; i < sk_OPENSSL_STRING_num(all); i++)
        named = named || strcasecmp(sk_OPENSSL_STRING_value(all, i), email) == 0;
    X509_email_free(all);
    return named;
}

static enum status check_signer(const struct checking *c)
{
    STACK_OF(X509) *signers = CMS_get0_signers(c->cms);
    bool named = false;

    for (int i = 0; i < sk_X509_num(signers); i++)
        named = named || names(sk_X509_value(signers, i), c->file->email);
    sk_X509_free(signers);
    if (named)
        return ST_OK;
    (void)snprintf(c->why, CMS_WHY, "the signature is good, but not of %s", c->file->email);
    return ST_MALFORMED;
}

static enum status check(struct checking *c)
{
    if (c->file->content.len > CMS_OCTETS_MAX || c->file->signature.len > CMS_OCTETS_MAX)
        return say(c, "more than a megabyte is no such file");
    TRY(make_store(c));
    TRY(read_signature(c));
    if (CMS_verify(c->cms, NULL, c->store, c->content, NULL, CMS_BINARY) != 1)
        return say(c, "the signature does not hold");
    return check_signer(c);
}

enum status cms_verify(const struct crypto *crypto, const struct cms_file *file, char why[CMS_WHY])
{
    struct checking c = { .crypto = crypto, .file = file, .why = why };

    ERR_set_mark();
    why[0] = '\0';
    enum status status = check(&c);
    if (status == ST_NOMEM)
        (void)snprintf(why, CMS_WHY, "out of memory");
    CMS_ContentInfo_free(c.cms);
    X509_STORE_free(c.store);
    BIO_free(c.content);
    ERR_pop_to_mark();
    return status;
}
