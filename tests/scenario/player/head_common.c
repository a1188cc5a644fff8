#include "tests/scenario/player/head_common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/wire/type.h"
#include "tests/scenario/player/head_local.h"
#include "tests/scenario/player/oldkey.h"

enum { ZONES_TEXT = 16384, VALUES_MAX = 64, ASSIGNMENT = 4096 };

enum clause { CLAUSE_SERVER, CLAUSE_STUB, CLAUSE_FORWARD, CLAUSE_CONTROL, CLAUSES };

static const char *const clause_names[CLAUSES] = { "server", "stub-zone", "forward-zone",
                                                   "remote-control" };
/* Clauses that are never played; they too tell the form of the head. */
static const char *const clauses_not_played[] = { "auth-zone", "view",    "rpz",    "python",
                                                  "dnscrypt",  "cachedb", "dynlib", "ipset" };

struct zone_words {
    const char *name, *addresses[VALUES_MAX], *hosts[VALUES_MAX];
    unsigned count, host_count;
    bool first; /* forward-first */
};

struct common {
    struct head *head;
    struct lines *lines;
    enum clause clause;
    struct zone_words zone;
    char zones[ZONES_TEXT];    /* our `zones` as a list so far */
    char insecure[ASSIGNMENT]; /* our negative anchors, likewise */
    const char *qmin;
    bool acl_cleared, strict;
};

/* What a key of `server:` comes to. */
enum common_use {
    USE_NOT,    /* it changes no answer that is compared */
    USE_MUST,   /* must be `word`, which is how it is here */
    USE_ASSIGN, /* `word`=value */
    USE_FLAG,   /* `word`=true or false */
    USE_OWN     /* see own_key */
};

struct common_key {
    const char *key;
    enum common_use use;
    const char *word;
};

static const struct common_key common_keys[] = {
    { "aggressive-nsec", USE_FLAG, "cache.aggressive" },
    { "cache-max-negative-ttl", USE_ASSIGN, "cache.negative-ttl-max" },
    { "cache-max-ttl", USE_ASSIGN, "cache.ttl-max" },
    { "cache-min-ttl", USE_ASSIGN, "cache.ttl-min" },
    { "chroot", USE_NOT, NULL },
    { "directory", USE_NOT, NULL },
    { "disable-dnssec-lame-check", USE_NOT, NULL },
    { "discard-timeout", USE_NOT, NULL },
    { "do-ede", USE_NOT, NULL },
    { "do-ip4", USE_FLAG, "upstream.ipv4" },
    { "do-ip6", USE_FLAG, "upstream.ipv6" },
    { "do-not-query-localhost", USE_NOT, NULL },
    { "do-tcp", USE_MUST, "yes" },
    { "do-udp", USE_MUST, "yes" },
    { "ede", USE_NOT, NULL }, /* we always say why */
    { "ede-serve-expired", USE_MUST, "no" },
    { "edns-buffer-size", USE_NOT, NULL },
    { "extended-statistics", USE_NOT, NULL },
    { "fake-dsa", USE_MUST, "no" },
    { "fake-sha1", USE_FLAG, "dnssec.sha1" },
    { "harden-algo-downgrade", USE_FLAG, "dnssec.strict-algorithms" },
    { "harden-below-nxdomain", USE_NOT, NULL },
    { "harden-dnssec-stripped", USE_MUST, "yes" },
    { "harden-glue", USE_MUST, "yes" },
    { "harden-large-queries", USE_NOT, NULL },
    { "harden-referral-path", USE_NOT, NULL },
    { "harden-short-bufsize", USE_NOT, NULL },
    { "harden-unknown-additional", USE_NOT, NULL },
    { "harden-unverified-glue", USE_NOT, NULL },
    { "hide-trustanchor", USE_NOT, NULL },
    { "ignore-cd-flag", USE_MUST, "no" },
    { "infra-cache-numhosts", USE_NOT, NULL },
    { "insecure-lan-zones", USE_NOT, NULL },
    { "key-cache-size", USE_NOT, NULL },
    { "log-file", USE_NOT, NULL },
    { "log-queries", USE_NOT, NULL },
    { "log-replies", USE_NOT, NULL },
    { "log-servfail", USE_NOT, NULL },
    { "log-time-ascii", USE_NOT, NULL },
    { "minimal-responses", USE_NOT, NULL }, /* see match.h */
    { "msg-cache-size", USE_NOT, NULL },
    { "msg-cache-slabs", USE_NOT, NULL },
    { "num-queries-per-thread", USE_NOT, NULL },
    { "num-threads", USE_NOT, NULL },
    { "outgoing-range", USE_NOT, NULL },
    { "pidfile", USE_NOT, NULL },
    { "prefer-ip6", USE_NOT, NULL },
    { "prefetch", USE_MUST, "no" },
    { "prefetch-key", USE_NOT, NULL },
    { "qname-minimisation-strict", USE_OWN, NULL },
    { "qname-minimisation", USE_OWN, NULL },
    { "rrset-cache-size", USE_NOT, NULL },
    { "rrset-roundrobin", USE_NOT, NULL },
    { "serve-expired", USE_MUST, "no" },
    { "target-fetch-policy", USE_NOT, NULL },
    { "trust-anchor-signaling", USE_NOT, NULL },
    { "root-key-sentinel", USE_NOT, NULL },
    { "unblock-lan-zones", USE_NOT, NULL },
    { "unwanted-reply-threshold", USE_NOT, NULL },
    { "use-caps-for-id", USE_FLAG, "upstream.mixed-case" },
    { "use-syslog", USE_NOT, NULL },
    { "username", USE_NOT, NULL },
    { "val-bogus-ttl", USE_ASSIGN, "limits.ttl_bogus_s" },
    { "val-log-level", USE_NOT, NULL },
    { "verbosity", USE_NOT, NULL },
    { "access-control", USE_OWN, NULL },
    { "domain-insecure", USE_OWN, NULL },
    { "module-config", USE_OWN, NULL },
    { "trust-anchor", USE_OWN, NULL },
    { "val-nsec3-keysize-iterations", USE_OWN, NULL },
    { "val-override-date", USE_OWN, NULL },
    { "val-permissive-mode", USE_OWN, NULL },
    { "val-sig-skew-max", USE_OWN, NULL },
    { "val-sig-skew-min", USE_OWN, NULL },
};

static bool said(const char *value, const char *word)
{
    return strcmp(value, word) == 0;
}

static bool assign(struct common *common, const char *path, const char *value, const char *key)
{
    char assignment[ASSIGNMENT];

    snprintf(assignment, sizeof assignment, "%s=%.2000s", path, value);
    return head_assign(common->head, common->lines, assignment, key);
}

/* ---- keys of server: with a meaning of their own ---- */

static bool add_anchor(struct common *common, const char *value)
{
    struct arena *arena = common->lines->arena;
    struct text_record record;
    char why[TEXT_WHY];

    if (text_read_record(value, arena, &record, why) != ST_OK)
        return lines_wrong(common->lines, "trust-anchor: %s", why);
    if (record.type == TYPE_DS || oldkey_is(record.rdata))
        return section_append(&common->head->old_anchors, common->lines, &record);
    return anchor_add_line(common->head->options->policy->anchors, value, why) == ST_OK ||
           lines_wrong(common->lines, "trust-anchor: %s", why);
}

static bool add_insecure(struct common *common, const char *value)
{
    size_t len = strlen(common->insecure);

    if (len + strlen(value) + 4 > sizeof common->insecure)
        return lines_wrong(common->lines, "too many insecure domains");
    snprintf(common->insecure + len, sizeof common->insecure - len, "%s\"%s\"", len ? "," : "",
             value);
    return true;
}

/* The first rule begins an empty list: who is not named may not ask. */
static bool add_access(struct common *common, const char *prefix, const char *action)
{
    struct policy *policy = common->head->options->policy;
    bool allows = said(action, "allow") || said(action, "allow_snoop");

    if (!common->acl_cleared) {
        acl_clear(&policy->allow);
        acl_clear(&policy->snoop);
        common->acl_cleared = true;
        if (acl_add_text(&policy->allow, "127.0.0.0/8") != ST_OK)
            return false;
    }
    if (!allows && said(action, "refuse") && strncmp(prefix, "127.", 4) == 0)
        acl_clear(&policy->allow); /* of what is allowed by default */
    if (!allows)
        return said(action, "refuse") || lines_cannot(common->lines, "access-control %s", action);
    return (acl_add_text(&policy->allow, prefix) == ST_OK &&
            (said(action, "allow") || acl_add_text(&policy->snoop, prefix) == ST_OK)) ||
           lines_wrong(common->lines, "access-control: no prefix");
}

static bool set_modules(struct common *common, const char *value)
{
    if (said(value, "iterator"))
        return assign(common, "dnssec.mode", "off", "module-config");
    return said(value, "validator iterator") ||
           lines_cannot(common->lines, "module-config \"%s\"", value);
}

/* A date, or seconds since 1970. */
static bool set_clock(struct common *common, const char *value)
{
    char digits[UNIXTIME_DIGITS];

    if (said(value, "-1"))
        return lines_cannot(common->lines, "val-override-date -1");
    if (strlen(value) < sizeof digits - 1)
        value = unixtime_digits((struct unixtime){ strtoll(value, NULL, 10) }, digits);
    return assign(common, "dnssec.clock", value, "val-override-date");
}

static bool own_key(struct common *common, const char *key, const char *const *values)
{
    struct lines *lines = common->lines;
    const char *value = values[0];

    if (said(key, "trust-anchor"))
        return add_anchor(common, value);
    if (said(key, "domain-insecure"))
        return add_insecure(common, value);
    if (said(key, "access-control"))
        return add_access(common, value, values[1] ? values[1] : "");
    if (said(key, "module-config"))
        return set_modules(common, value);
    if (said(key, "val-override-date"))
        return set_clock(common, value);
    if (said(key, "val-permissive-mode"))
        return assign(common, "dnssec.mode", said(value, "yes") ? "log-only" : "validate", key);
    if (said(key, "val-sig-skew-min") || said(key, "val-sig-skew-max"))
        return said(value, "0") ? assign(common, "dnssec.inception-skew", "0", key)
                                : lines_cannot(lines, "%s", key);
    if (said(key, "qname-minimisation")) {
        common->qmin = said(value, "yes") ? "relaxed" : "off";
        return true;
    }
    if (said(key, "qname-minimisation-strict")) {
        common->strict = said(value, "yes");
        return true;
    }
    return lines_cannot(lines, "%s", key);
}

static bool server_key(struct common *common, const char *key, const char *const *values)
{
    const struct common_key *row = common_keys, *end = row + sizeof common_keys / sizeof *row;

    if (head_local_knows(key))
        return values[0] ? head_local_take(common->head, common->lines, key, values)
                         : lines_wrong(common->lines, "%s has no value", key);
    while (row < end && strcmp(row->key, key) != 0)
        row++;
    if (row == end)
        return lines_cannot(common->lines, "%s", key);
    if (!values[0] && row->use != USE_NOT)
        return lines_wrong(common->lines, "%s has no value", key);
    switch (row->use) {
    case USE_NOT: return true;
    case USE_MUST:
        return said(values[0], row->word) || lines_cannot(common->lines, "%s %s", key, values[0]);
    case USE_ASSIGN: return assign(common, row->word, values[0], key);
    case USE_FLAG: return assign(common, row->word, said(values[0], "yes") ? "true" : "false", key);
    case USE_OWN: return own_key(common, key, values);
    }
    return false;
}

/* ---- stub-zone:, forward-zone: ---- */

static bool zone_key(struct common *common, const char *key, const char *const *values)
{
    struct zone_words *zone = &common->zone;
    const char *dash = strchr(key, '-'), *value = values[0] ? values[0] : "";

    if (said(key, "name")) {
        zone->name = value;
        return true;
    }
    if (said(key, "forward-first")) {
        zone->first = said(value, "yes");
        return true;
    }
    if (zone->count == VALUES_MAX || zone->host_count == VALUES_MAX)
        return lines_wrong(common->lines, "too many addresses");
    if (dash && said(dash, "-addr")) {
        zone->addresses[zone->count++] = value;
        return true;
    }
    if (dash && said(dash, "-host")) {
        zone->hosts[zone->host_count++] = value;
        return true;
    }
    if (dash &&
        (said(dash, "-prime") || said(dash, "-first") || said(dash, "-tls-upstream") ||
         said(dash, "-no-cache")) &&
        said(value, "no"))
        return true;
    return lines_cannot(common->lines, "%s", key);
}

/* A stub of the root is where the walk begins. */
static bool end_root_stub(struct common *common)
{
    const struct zone_words *zone = &common->zone;
    char name[64];

    common->head->options->policy->hint_count = 0;
    for (unsigned i = 0; i < zone->count; i++) {
        snprintf(name, sizeof name, "hint-%u.root-servers.net.", i);
        if (!head_hint(common->head, common->lines, name, zone->addresses[i]))
            return false;
    }
    return zone->count > 0 || lines_cannot(common->lines, "stub-zone without stub-addr");
}

static bool end_zone(struct common *common)
{
    const struct zone_words *zone = &common->zone;
    bool stub = common->clause == CLAUSE_STUB;
    size_t len = strlen(common->zones);

    if (!zone->name || (!stub && common->clause != CLAUSE_FORWARD))
        return true;
    if (zone->host_count > 0 && zone->count == 0)
        return lines_cannot(common->lines, "%s by host name", clause_names[common->clause]);
    if (stub && said(zone->name, "."))
        return end_root_stub(common);
    len += (size_t)snprintf(common->zones + len, sizeof common->zones - len,
                            "%s{name: \"%.300s\", %s: [", len ? "," : "", zone->name,
                            stub ? "stub" : "forward");
    for (unsigned i = 0; i < zone->count && len < ZONES_TEXT - 100; i++)
        len += (size_t)snprintf(common->zones + len, sizeof common->zones - len, "%s\"%.60s\"",
                                i ? "," : "", zone->addresses[i]);
    if (len > ZONES_TEXT - 400)
        return lines_wrong(common->lines, "too many zones");
    const char *order = zone->first ? "], order: first}" : "], order: only}";
    snprintf(common->zones + len, sizeof common->zones - len, "%s", stub ? "]}" : order);
    return true;
}

/* ---- words ---- */

static bool is_clause(const char *key, const char *const *names, unsigned count, unsigned *which)
{
    for (*which = 0; *which < count; (*which)++)
        if (strcmp(names[*which], key) == 0)
            return true;
    return false;
}

/* "key:" without its colon; NULL: no key. */
static const char *key_of(struct lines *lines, const char *word)
{
    size_t len = strlen(word);
    char *key;

    if (len < 2 || word[len - 1] != ':' || !(key = arena_copy(lines->arena, word, len)))
        return NULL;
    key[len - 1] = '\0';
    return key;
}

static bool take_key(struct common *common, const char *key, const char *const *values)
{
    unsigned which;

    if (is_clause(key, clause_names, CLAUSES, &which)) {
        if (!end_zone(common))
            return false;
        common->clause = (enum clause)which;
        common->zone = (struct zone_words){ .name = NULL };
        return true;
    }
    if (is_clause(key, clauses_not_played, sizeof clauses_not_played / sizeof *clauses_not_played,
                  &which))
        return lines_cannot(common->lines, "%s", key);
    if (common->clause == CLAUSE_CONTROL)
        return true;
    return common->clause == CLAUSE_SERVER ? server_key(common, key, values)
                                           : zone_key(common, key, values);
}

/* A key takes the words up to the next key; what is quoted is no key. */
static bool take_line(struct common *common, const struct words *words)
{
    for (unsigned i = 0; i < words->count;) {
        const char *key = key_of(common->lines, words->at[i]), *values[VALUES_MAX] = { NULL };
        unsigned count = 0;
        if (!key)
            return lines_wrong(common->lines, "%s is no key", words->at[i]);
        for (i++; i < words->count && count + 1 < VALUES_MAX; i++) {
            if (key_of(common->lines, words->at[i]))
                break;
            values[count++] = words->at[i];
        }
        if (!take_key(common, key, values))
            return false;
    }
    return true;
}

static bool finish(struct common *common)
{
    char assignment[ZONES_TEXT + 64];

    if (!end_zone(common))
        return false;
    if (common->strict && said(common->qmin, "relaxed"))
        common->qmin = "strict";
    if (!assign(common, "upstream.qname-minimisation", common->qmin, "qname-minimisation"))
        return false;
    if (common->zones[0]) {
        snprintf(assignment, sizeof assignment, "zones=[%s]", common->zones);
        const char *word = strstr(common->zones, "forward: [") ? "forward-zone" : "stub-zone";
        if (!head_assign(common->head, common->lines, assignment, word))
            return false;
    }
    snprintf(assignment, sizeof assignment, "dnssec.negative-anchors=[%s]", common->insecure);
    return !common->insecure[0] ||
           head_assign(common->head, common->lines, assignment, "domain-insecure");
}

bool head_common_is(const char *text)
{
    char word[32];
    unsigned which;
    int skipped = 0;

    while (*text) {
        text += strspn(text, " \t\r\n");
        size_t len = strcspn(text, "\r\n");
        skipped = sscanf(text, "%31[a-z-]", word);
        if (skipped == 1 && text[strlen(word)] == ':' &&
            (is_clause(word, clause_names, CLAUSES, &which) ||
             is_clause(word, clauses_not_played,
                       sizeof clauses_not_played / sizeof *clauses_not_played, &which)))
            return true;
        text += len;
    }
    return false;
}

/* A special-use name that the programs of such files look for like any other. */
static bool opens(struct head *head, const char *text)
{
    struct name name;

    return name_from_text(text, &name) == ST_OK &&
           localname_open(head->options->policy->local, &name) == ST_OK;
}

bool head_common_read(struct head *head, struct lines *lines, const char *text)
{
    struct common *common = ARENA_NEW(lines->arena, struct common);
    struct words words;
    char *line = arena_alloc(lines->arena, strlen(text) + 1);

    if (!common || !line)
        return lines_wrong(lines, "the head is too long");
    common->head = head;
    common->lines = lines;
    common->qmin = "relaxed";
    if (!opens(head, "local.") || (head->plain && !opens(head, "test.")))
        return lines_wrong(lines, "a special name cannot be opened");
    head->options->policy->rules.sha1 = true;             /* what such files are signed with */
    head->options->policy->limits.nsec3_iterations = 150; /* what they count on */
    while (*text) {
        size_t len = strcspn(text, "\n");
        memcpy(line, text, len);
        line[len] = '\0';
        if (!words_split(lines, line, "#;", &words) || !take_line(common, &words))
            return false;
        text += len + (text[len] == '\n');
    }
    return finish(common);
}
