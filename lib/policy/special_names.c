#include "lib/policy/special_names.h"

#include <stdio.h>

#include "lib/policy/localname.h"

#define ZEROS_8  "0.0.0.0.0.0.0.0."
#define ZEROS_24 ZEROS_8 ZEROS_8 ZEROS_8

/* Who stands in the root: nothing of it is asked for. What lies below arpa is delegated there
 * without a DS, so that validators below us may learn that it is unsigned. */
static const struct special {
    const char *name;
    enum local_kind kind;
    bool delegated;
} specials[] = {
    { "localhost.", LOCAL_REDIRECT, false }, /* RFC 6761 §6.3: all names below it too */
    { "test.", LOCAL_STATIC, false },        /* RFC 6761 §6.2 */
    { "invalid.", LOCAL_STATIC, false },     /* RFC 6761 §6.4 */
    { "onion.", LOCAL_STATIC, false },       /* RFC 7686 §2 */
    { "local.", LOCAL_STATIC, false },       /* RFC 6762 §22.1 */
    { "home.arpa.", LOCAL_STATIC, true },    /* RFC 8375 §4 */
    { "service.arpa.", LOCAL_STATIC, true }, /* RFC 9665 */
    { "resolver.arpa.", LOCAL_NODATA, true } /* RFC 9462 §4, §6.4 */,
    { "10.in-addr.arpa.", LOCAL_STATIC, true }, /* RFC 6303 §4.1 */
    { "168.192.in-addr.arpa.", LOCAL_STATIC, true },
    { "0.in-addr.arpa.", LOCAL_STATIC, true }, /* RFC 6303 §4.2 */
    { "127.in-addr.arpa.", LOCAL_STATIC, true },
    { "254.169.in-addr.arpa.", LOCAL_STATIC, true },
    { "2.0.192.in-addr.arpa.", LOCAL_STATIC, true },
    { "100.51.198.in-addr.arpa.", LOCAL_STATIC, true },
    { "113.0.203.in-addr.arpa.", LOCAL_STATIC, true },
    { "255.255.255.255.in-addr.arpa.", LOCAL_STATIC, true },
    { ZEROS_8 ZEROS_24 "ip6.arpa.", LOCAL_STATIC, true }, /* RFC 6303 §4.3 */
    { "1.0.0.0.0.0.0.0." ZEROS_24 "ip6.arpa.", LOCAL_STATIC, true },
    { "d.f.ip6.arpa.", LOCAL_STATIC, true },   /* RFC 6303 §4.4 */
    { "8.e.f.ip6.arpa.", LOCAL_STATIC, true }, /* RFC 6303 §4.5 */
    { "9.e.f.ip6.arpa.", LOCAL_STATIC, true },
    { "a.e.f.ip6.arpa.", LOCAL_STATIC, true },
    { "b.e.f.ip6.arpa.", LOCAL_STATIC, true },
    { "8.b.d.0.1.0.0.2.ip6.arpa.", LOCAL_STATIC, true }, /* RFC 6303 §4.6 */
};

/* Zones in a row: the first label of each is a number. */
static const struct special_range {
    unsigned from, to;
    const char *below;
} ranges[] = {
    { 16, 31, "172.in-addr.arpa." },  /* RFC 6303 §4.1 */
    { 64, 127, "100.in-addr.arpa." }, /* RFC 7793 §3 */
};

static const char *const records[] = {
    "localhost. 10800 IN A 127.0.0.1", /* RFC 6761 §6.3 */
    "localhost. 10800 IN AAAA ::1",
    "1.0.0.127.in-addr.arpa. 10800 IN PTR localhost.",
    "1.0.0.0.0.0.0.0." ZEROS_24 "ip6.arpa. 10800 IN PTR localhost.",
};

static enum status add_zone(struct local_tree *tree, const struct special *special)
{
    struct local_zone zone = {
        .source = LOCAL_SPECIAL,
        .kind = (uint8_t)special->kind,
        .why = WHY_SPECIAL_NAME,
        .delegated = special->delegated,
    };
    struct name name;

    TRY(name_from_text(special->name, &name));
    return local_tree_put_zone(tree, &name, &zone);
}

static enum status add_range(struct local_tree *tree, const struct special_range *range)
{
    char text[NAME_TEXT];
    struct special special = { text, LOCAL_STATIC, true };

    for (unsigned i = range->from; i <= range->to; i++) {
        (void)snprintf(text, sizeof text, "%u.%s", i, range->below);
        TRY(add_zone(tree, &special));
    }
    return ST_OK;
}

enum status special_names_add(struct local_tree *tree)
{
    char why[TEXT_WHY];

    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
        TRY(add_zone(tree, &specials[i]));
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        TRY(add_range(tree, &ranges[i]));
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        TRY(localname_add_line(tree, LOCAL_SPECIAL, records[i], why));
    return ST_OK;
}
