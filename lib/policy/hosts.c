#include "lib/policy/hosts.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/endpoint.h"
#include "lib/policy/networks.h"
#include "lib/wire/type.h"

#define BLANKS " \t\r\n\v\f"

enum { REVERSE_TEXT = 2 * 32 + sizeof "ip6.arpa." };

static enum status say(char why[TEXT_WHY], const char *sentence, const char *word)
{
    (void)snprintf(why, TEXT_WHY, "%s%s%.60s%s", sentence, *word ? " \"" : "", word,
                   *word ? "\"" : "");
    return ST_MALFORMED;
}

/* ---- words of a line ---- */

struct words {
    const char *at; /* what is left of the line */
    char word[NAME_TEXT];
};

/* False: there is none, or what follows is nothing. One that is too long is cut, and no name. */
static bool next_word(struct words *words)
{
    const char *begin = words->at + strspn(words->at, BLANKS);
    size_t len = strcspn(begin, BLANKS "#");
    size_t kept = len < sizeof words->word ? len : sizeof words->word - 1;

    memcpy(words->word, begin, kept);
    words->word[kept] = '\0';
    words->at = begin + len;
    return len > 0;
}

static bool address_read(const char *word, struct endpoint *address)
{
    struct prefix whole; /* it takes no port, and an address for itself alone */

    if (strchr(word, '/') || prefix_parse(word, &whole) != ST_OK)
        return false;
    *address = whole.base;
    return true;
}

static enum status name_read(const char *word, struct name *name, char why[TEXT_WHY])
{
    if (name_from_text(word, name) != ST_OK || name->labels == 0)
        return say(why, "no host name:", word);
    if (name_is_wildcard(name))
        return say(why, "no wildcards here:", word);
    return ST_OK;
}

/* ---- whose names, whose addresses ---- */

static bool is_localhost(const struct name *name)
{
    static const struct name localhost = { .len = 11, .labels = 1, .octets = "\11localhost" };

    return name_under(name, &localhost);
}

static bool same_label(struct bytes a, struct bytes b)
{
    for (size_t i = 0; i < a.len && a.len == b.len; i++)
        if (name_fold(a.at[i]) != name_fold(b.at[i]))
            return false;
    return a.len == b.len;
}

static bool is_wanted(const struct hosts *hosts, const struct name *name)
{
    if (is_localhost(name))
        return false;
    return !hosts->own || same_label(name_label(name, 0), name_label(hosts->own, 0));
}

/* 0.0.0.0 and :: are nobody's: they stand for names that shall lead nowhere. */
static bool is_nobody(const struct endpoint *address)
{
    static const uint8_t zero[sizeof address->octets];

    return memcmp(address->octets, zero, sizeof zero) == 0;
}

/* ---- records ---- */

static enum status put(const struct hosts *hosts, const struct name *owner, uint16_t type,
                       struct bytes rdata)
{
    struct rrset_parts parts = {
        .owner = owner, .type = type, .ttl = HOSTS_TTL_S, .rdatas = &rdata, .rr_count = 1
    };
    struct rrset *packed;

    TRY(rrset_pack(&parts, hosts->arena, &packed));
    return local_tree_put_record(hosts->tree, LOCAL_HOSTS, packed, hosts->arena);
}

static enum status put_forward(const struct hosts *hosts, const struct name *name,
                               const struct endpoint *address)
{
    bool four = address->family == 4;

    return put(hosts, name, four ? TYPE_A : TYPE_AAAA,
               (struct bytes){ address->octets, four ? 4 : 16 });
}

/* RFC 1035 §3.5: octets, RFC 3596 §2.5: nibbles, the last one first. */
static enum status reverse_name(const struct endpoint *address, struct name *name)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *octets = address->octets;
    char text[REVERSE_TEXT];
    size_t len = 0;

    if (address->family == 4) {
        (void)snprintf(text, sizeof text, "%u.%u.%u.%u.in-addr.arpa.", octets[3], octets[2],
                       octets[1], octets[0]);
        return name_from_text(text, name);
    }
    for (unsigned i = 16; i-- > 0;) {
        text[len++] = digits[octets[i] & 15];
        text[len++] = '.';
        text[len++] = digits[octets[i] >> 4];
        text[len++] = '.';
    }
    (void)snprintf(text + len, sizeof text - len, "ip6.arpa.");
    return name_from_text(text, name);
}

static bool leads_back(const struct hosts *hosts, const struct name *reverse)
{
    const struct local_node *node = local_tree_deepest(hosts->tree, reverse);

    return node->labels == reverse->labels && local_node_set(node, TYPE_PTR);
}

static enum status put_back(const struct hosts *hosts, const struct name *name,
                            const struct endpoint *address)
{
    struct name reverse;

    if (is_nobody(address))
        return ST_OK;
    TRY(reverse_name(address, &reverse));
    return leads_back(hosts, &reverse) ? ST_OK : put(hosts, &reverse, TYPE_PTR, name_bytes(name));
}

static enum status put_names(const struct hosts *hosts, const struct endpoint *address,
                             struct words words)
{
    struct name name;

    while (next_word(&words)) {
        if (name_from_text(words.word, &name) != ST_OK || !is_wanted(hosts, &name))
            continue;
        TRY(put_forward(hosts, &name, address));
        TRY(put_back(hosts, &name, address)); /* to the first of them: it leads back by then */
    }
    return ST_OK;
}

/* ---- a line ---- */

static enum status check_names(struct words words, char why[TEXT_WHY])
{
    struct name name;
    unsigned count = 0;

    for (; next_word(&words); count++)
        TRY(name_read(words.word, &name, why));
    return count > 0 ? ST_OK : say(why, "an address without a name", "");
}

enum status hosts_add_line(const struct hosts *hosts, const char *line, char why[TEXT_WHY])
{
    struct arena_mark mark = arena_mark(hosts->arena);
    struct words words = { .at = line };
    struct endpoint address;

    if (!next_word(&words))
        return ST_OK;
    if (!address_read(words.word, &address))
        return say(why, "no address:", words.word);
    TRY(check_names(words, why));
    if (network_is_loopback(&address) && hosts->loopback == HOSTS_WITHOUT_LOOPBACK)
        return ST_OK;
    enum status status = put_names(hosts, &address, words);
    arena_release(hosts->arena, &mark);
    if (status == ST_LIMIT)
        (void)say(why, "more than 65536 names, or 256 addresses of one", "");
    return status;
}
