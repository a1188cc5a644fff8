#include "tests/scenario/player/head_local.h"

#include <stdlib.h>
#include <string.h>

static bool said(const char *value, const char *word)
{
    return value && strcmp(value, word) == 0;
}

/* ---- names that are answered here ---- */

static const struct {
    const char *word;
    enum local_kind kind;
} kinds[] = {
    { "static", LOCAL_STATIC },
    { "transparent", LOCAL_TRANSPARENT },
    { "redirect", LOCAL_REDIRECT },
    { "refuse", LOCAL_REFUSE },
    { "deny", LOCAL_DROP },
    { "always_nxdomain", LOCAL_NXDOMAIN },
    { "always_nodata", LOCAL_NODATA },
};

static bool add_zone(struct head *head, struct lines *lines, const char *const *values)
{
    struct local_tree *tree = head->options->policy->local;
    struct name name;

    if (name_from_text(values[0], &name) != ST_OK)
        return lines_wrong(lines, "local-zone: no domain name");
    if (said(values[1], "nodefault"))
        return localname_open(tree, &name) == ST_OK || lines_wrong(lines, "local-zone: twice");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (said(values[1], kinds[i].word))
            return localname_add_zone(tree, &name, kinds[i].kind, WHY_LOCAL_BLOCKED) == ST_OK ||
                   lines_wrong(lines, "local-zone: twice");
    return lines_cannot(lines, "local-zone %s", values[1] ? values[1] : "of no type");
}

/* Elsewhere the first label of an alias may stand for the name that was asked. */
static bool add_data(struct head *head, struct lines *lines, const char *record)
{
    char why[TEXT_WHY];

    if (strstr(record, "CNAME *."))
        return lines_cannot(lines, "local-data with an alias to *");
    if (strstr(record, " CH ") || strstr(record, " ANY "))
        return lines_cannot(lines, "local-data of another class");
    return localname_add_line(head->options->policy->local, LOCAL_WRITTEN, record, why) == ST_OK ||
           lines_wrong(lines, "local-data: %s", why);
}

static bool add_shown(struct head *head, struct lines *lines, const char *text)
{
    struct subtree subtree = { .mode = DNSSEC_VALIDATE };

    return (name_from_text(text, &subtree.name) == ST_OK &&
            subtrees_add(&head->options->policy->private.shown, &subtree) == ST_OK) ||
           lines_wrong(lines, "private-domain: no domain name");
}

/* ---- what is told of the server ---- */

static bool hex_read(struct identity_text *into, const char *digits)
{
    size_t len = strlen(digits);

    if (len == 0 || len % 2 || len > 2 * IDENTITY_OCTETS_MAX ||
        strspn(digits, "0123456789abcdefABCDEF") != len)
        return false;
    for (size_t i = 0; i < len; i += 2) {
        char pair[3] = { digits[i], digits[i + 1], '\0' };
        into->octets[i / 2] = (uint8_t)strtoul(pair, NULL, 16);
    }
    into->len = (uint8_t)(len / 2);
    return true;
}

static bool set_nsid(struct head *head, struct lines *lines, const char *value)
{
    static const char ascii[] = "ascii_";
    struct identity_text *nsid = &head->options->policy->identity.nsid;
    bool good = strncmp(value, ascii, sizeof ascii - 1) == 0
                    ? identity_write(nsid, value + sizeof ascii - 1) == ST_OK
                    : hex_read(nsid, value);

    return good || lines_wrong(lines, "nsid: no text and no octets");
}

/* The room where a text stands, or is hidden: then its length stays 0. */
static bool set_told(struct lines *lines, struct identity_text *into, bool *hides,
                     const char *value)
{
    struct identity_text text;

    if (identity_write(&text, value) != ST_OK)
        return lines_wrong(lines, "no text that can be told");
    if (!*hides)
        *into = text;
    return true;
}

static bool hide(struct identity_text *told, bool *hides, const char *value)
{
    *hides = said(value, "yes");
    if (*hides)
        told->len = 0;
    return true;
}

/* ---- all of them ---- */

static const char *const keys[] = {
    "local-zone", "local-data",    "private-address", "private-domain", "identity",
    "version",    "hide-identity", "hide-version",    "nsid",
};

bool head_local_knows(const char *key)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (said(key, keys[i]))
            return true;
    return false;
}

bool head_local_take(struct head *head, struct lines *lines, const char *key,
                     const char *const *values)
{
    struct policy *policy = head->options->policy;
    struct identity *identity = &policy->identity;

    if (said(key, "local-zone"))
        return add_zone(head, lines, values);
    if (said(key, "local-data"))
        return add_data(head, lines, values[0]);
    if (said(key, "private-address"))
        return acl_add_text(&policy->private.hidden, values[0]) == ST_OK ||
               lines_wrong(lines, "private-address: no prefix");
    if (said(key, "private-domain"))
        return add_shown(head, lines, values[0]);
    if (said(key, "nsid"))
        return set_nsid(head, lines, values[0]);
    if (said(key, "identity"))
        return set_told(lines, &identity->name, &head->hides_name, values[0]);
    if (said(key, "version"))
        return set_told(lines, &identity->version, &head->hides_version, values[0]);
    if (said(key, "hide-identity"))
        return hide(&identity->name, &head->hides_name, values[0]);
    return hide(&identity->version, &head->hides_version, values[0]);
}
