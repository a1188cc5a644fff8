#include "resolver/config/option.h"

#include <string.h>

#include "lib/base/memory.h"
#include "resolver/config/table.h"

/* ---- which field a row fills ---- */

#define FIELD(name, expression)                                                                    \
    static void *field_##name(struct options *o)                                                   \
    {                                                                                              \
        return expression;                                                                         \
    }

FIELD(self, o)
FIELD(workers, &o->workers)
FIELD(user, o->user)
FIELD(state, o->state_directory)
FIELD(cache, &o->cache_octets)
FIELD(log_level, &o->log_level)
FIELD(log_format, &o->log_format)
FIELD(log_queries, &o->policy->log_queries)
FIELD(policy, o->policy)
FIELD(snoop, &o->policy->snoop)
FIELD(open_resolver, &o->open_resolver)
FIELD(auto_update, &o->auto_update)
FIELD(cookies, &o->policy->cookies)
FIELD(nsid, &o->policy->identity.nsid)
FIELD(server_name, &o->policy->identity.name)
FIELD(server_version, &o->policy->identity.version)
FIELD(never_asked, &o->policy->refuse_addresses)
FIELD(priming, &o->policy->priming)
FIELD(ipv4, &o->policy->ipv4)
FIELD(ipv6, &o->policy->ipv6)
FIELD(qmin, &o->policy->qmin)
FIELD(mixed_case, &o->policy->mixed_case)
FIELD(dnssec, &o->policy->dnssec)
FIELD(modes, &o->policy->modes)
FIELD(negative, &o->policy->negative_anchors)
FIELD(time_repair, &o->policy->time_repair)
FIELD(rules, &o->policy->rules)
FIELD(signal, &o->policy->signal)
FIELD(sha1, &o->policy->rules.sha1)
FIELD(strict_algorithms, &o->policy->rules.strict_algorithms)
FIELD(inception, &o->policy->rules.inception_skew_s)
FIELD(expiration, &o->policy->rules.expiration_skew_s)
FIELD(ttl_min, &o->policy->ttl_min_s)
FIELD(ttl_max, &o->policy->ttl_max_s)
FIELD(negative_max, &o->policy->negative_ttl_max_s)
FIELD(aggressive, &o->policy->aggressive)
FIELD(hide_private, &o->policy->private.hidden)
FIELD(show_private, &o->policy->private.shown)
FIELD(rate_mode, &o->policy->rate.mode)
FIELD(rate_factors, &o->policy->rate.networks)
FIELD(zones, &o->policy->zones)
FIELD(limits, &o->policy->limits)

/* The index of a word is the value of the enum. */
static const char *const family_words[] = { "off", "on", "auto", NULL };
static const char *const qmin_words[] = { "relaxed", "strict", "off", NULL };
static const char *const dnssec_words[] = { "validate", "log-only", "off", NULL };
static const char *const rate_words[] = { "auto", "enforce", "log-only", "off", NULL };
static const char *const level_words[] = { "error", "warning", "notice", "info", "debug", NULL };
static const char *const format_words[] = { "text", "json", NULL };

#define ADDRESSES  "addresses such as 127.0.0.1:53 or [::1]:53"
#define PREFIXES   "prefixes such as 192.0.2.0/24 or 2001:db8::/32"
#define FLAG_WORDS "true or false"
#define TOLD_WORDS "or up to 64 printable characters"
#define ZONE_WORDS                                                                                 \
    "a list of {name: NAME, forward: [ADDRESS ...], order: first or only, dnssec: auto, insecure " \
    "or require} or {name: NAME, stub: [ADDRESS ...], dnssec: ...}"
#define LOCAL_WORDS                                                                                \
    "a list of {name: NAME, type: static, transparent, redirect, nxdomain, nodata, refuse or "     \
    "drop, reason: blocked, censored or filtered}"

/* ---- the table: adding a row is the whole change ---- */

const struct option_row option_rows[] = {
    { .path = "listen",
      .normal = "[\"127.0.0.1:53\", \"[::1]:53\"]",
      .expected = ADDRESSES,
      .help = "addresses that clients ask, UDP and TCP",
      .set = value_listen,
      .field = field_self },
    { .path = "workers",
      .normal = "auto",
      .expected = "auto or a number from 1 to 64",
      .help = "threads; auto: one a CPU",
      .set = value_workers,
      .field = field_workers,
      .least = 1,
      .most = WORKERS_MAX },
    { .path = "user",
      .normal = "catena",
      .expected = "a user's name",
      .help = "whom to become once bound, when started as root",
      .set = value_name,
      .field = field_user },
    { .path = "state-directory",
      .normal = "/var/lib/catena",
      .expected = "a directory's path",
      .help = "what outlives a restart: trust anchors, negative ones; of the user that serves",
      .set = value_path,
      .field = field_state },
    { .path = "access.allow",
      .normal = "[\"127.0.0.0/8\", \"::1/128\"]",
      .expected = "local, or " PREFIXES,
      .help =
          "who may ask; local: the private networks this machine is attached to when it starts, "
          "and itself: restart it where those change",
      .set = value_allow,
      .field = field_self },
    { .path = "access.snoop",
      .normal = "[\"127.0.0.0/8\", \"::1/128\"]",
      .expected = PREFIXES,
      .help = "who may ask for what is cached alone (RD=0)",
      .set = value_acl,
      .field = field_snoop },
    { .path = "access.open-resolver",
      .normal = "false",
      .expected = FLAG_WORDS,
      .help = "the second key for an allow list that covers the world",
      .set = value_flag,
      .field = field_open_resolver },
    { .path = "cookies",
      .normal = "true",
      .expected = FLAG_WORDS,
      .help = "clients prove their address by a cookie of ours (RFC 7873)",
      .set = value_flag,
      .field = field_cookies },
    { .path = "cookie-secret-file",
      .normal = "random",
      .expected = "random or a file's path",
      .help = "for servers of one address: 32 hex digits, a second line while they change; read "
              "again within a minute of a change, as `user`; random: drawn here, anew each day",
      .set = value_cookie_secrets,
      .field = field_self },
    { .path = "identity.nsid",
      .normal = "off",
      .expected = "off, host-name, " TOLD_WORDS,
      .help = "which server this is, to who asks for it in EDNS (RFC 5001, dig +nsid)",
      .set = value_host_text,
      .field = field_nsid },
    { .path = "identity.name",
      .normal = "off",
      .expected = "off, host-name, " TOLD_WORDS,
      .help = "the same, to who asks for the TXT of id.server or hostname.bind in class CH (RFC "
              "4892)",
      .set = value_host_text,
      .field = field_server_name },
    { .path = "identity.version",
      .normal = "off",
      .expected = "off, built-in, " TOLD_WORDS,
      .help = "which program, by version.server and version.bind; it helps who looks for holes",
      .set = value_version_text,
      .field = field_server_version },
    { .path = "upstream.root-hints",
      .normal = "built-in",
      .expected = "built-in or a file's path",
      .help = "where the walk begins",
      .set = value_hints,
      .field = field_policy },
    { .path = "upstream.priming",
      .normal = "true",
      .expected = FLAG_WORDS,
      .help = "ask the root for its servers at the start (RFC 9609)",
      .set = value_flag,
      .field = field_priming },
    { .path = "upstream.ipv4",
      .normal = "true",
      .expected = "true, false or auto",
      .help = "ask servers over IPv4",
      .set = value_word,
      .field = field_ipv4,
      .words = family_words },
    { .path = "upstream.ipv6",
      .normal = "auto",
      .expected = "true, false or auto",
      .help = "ask servers over IPv6; auto: where there is a route and it works",
      .set = value_word,
      .field = field_ipv6,
      .words = family_words },
    { .path = "upstream.qname-minimisation",
      .normal = "relaxed",
      .expected = "relaxed, strict or off",
      .help = "reveal no more of a name than needed (RFC 9156)",
      .set = value_word,
      .field = field_qmin,
      .words = qmin_words },
    { .path = "upstream.mixed-case",
      .normal = "true",
      .expected = FLAG_WORDS,
      .help = "mix the case of names against forged answers (0x20)",
      .set = value_flag,
      .field = field_mixed_case },
    { .path = "upstream.refuse-addresses",
      .normal = "built-in",
      .expected = "built-in or a list of " PREFIXES,
      .help = "never asked; built-in: loopback, private, link-local, multicast ...",
      .set = value_never_asked,
      .field = field_never_asked },
    { .path = "zones",
      .normal = "[]",
      .expected = ZONE_WORDS,
      .help =
          "where not to walk from the root: forward asks with RD=1, stub with RD=0; order first: "
          "from the root when all are silent, but for special-use names",
      .set = value_zones,
      .field = field_zones },
    { .path = "local.zones",
      .normal = "[]",
      .expected = LOCAL_WORDS,
      .help =
          "zones answered here; static: their records alone, transparent: records, and what "
          "is public else, redirect: the zone's own records for all names below it; the deepest "
          "zone counts, of these and of `zones`",
      .set = value_local_zones,
      .field = field_policy },
    { .path = "local.records",
      .normal = "[]",
      .expected = "a list of records such as \"nas.home.arpa. 3600 A 192.168.1.5\"",
      .help = "answered here, in any zone; a name with records has no others; TTL 3600 if none",
      .set = value_local_records,
      .field = field_policy },
    { .path = "local.hosts",
      .normal = "own",
      .expected = "own, off or a file's path",
      .help =
          "own: addresses of this machine's names in /etc/hosts, both ways, not 127.0.1.1 where "
          "others may ask; a path: all names of that file, in its form; read at the start",
      .set = value_hosts,
      .field = field_self },
    { .path = "local.open",
      .normal = "[]",
      .expected = "a list of domain names such as home.arpa or 168.192.in-addr.arpa",
      .help = "special-use names at and below these are asked for like any other; all others never "
              "leave here",
      .set = value_local_open,
      .field = field_policy },
    { .path = "local.hide-private",
      .normal = "false",
      .expected = "true, false or a list of " PREFIXES,
      .help = "public names lose addresses of the house (DNS rebinding), hints of SVCB and HTTPS "
              "too; true: what upstream.refuse-addresses has built in, loopback too, which block "
              "lists of mail answer with",
      .set = value_hide_private,
      .field = field_hide_private },
    { .path = "local.show-private",
      .normal = "[]",
      .expected = "a list of domain names",
      .help = "at and below these they are shown all the same",
      .set = value_names,
      .field = field_show_private },
    { .path = "dnssec.mode",
      .normal = "validate",
      .expected = "validate, log-only or off",
      .help = "log-only: what is bogus is served without AD, and logged; off: nothing is validated",
      .set = value_word,
      .field = field_dnssec,
      .words = dnssec_words },
    { .path = "dnssec.modes",
      .normal = "[]",
      .expected = "a list of {name: NAME, mode: validate, log-only or off}",
      .help = "the same below a name",
      .set = value_modes,
      .field = field_modes },
    { .path = "dnssec.negative-anchors",
      .normal = "[]",
      .expected = "a list of domain names",
      .help = "taken as insecure for good (RFC 7646)",
      .set = value_names,
      .field = field_negative },
    { .path = "dnssec.sha1",
      .normal = "false",
      .expected = FLAG_WORDS,
      .help = "validate algorithms 5 and 7 and DS digest 1 (RFC 9905: better not)",
      .set = value_flag,
      .field = field_sha1 },
    { .path = "dnssec.strict-algorithms",
      .normal = "false",
      .expected = FLAG_WORDS,
      .help = "for tests of zones: not one signature alone but one of every algorithm of the DS "
              "set has to hold (RFC 6840 §5.11)",
      .set = value_flag,
      .field = field_strict_algorithms },
    { .path = "dnssec.disable",
      .normal = "[]",
      .expected = "a list of {algorithm: N} or {digest: N}, each with below: NAME if need be",
      .help = "taken as unsupported, everywhere or for zones at and below a name",
      .set = value_disable,
      .field = field_rules },
    { .path = "dnssec.trust-anchors",
      .normal = "built-in",
      .expected = "built-in, or lines such as \". IN DS 20326 8 2 E06D...\", or a file's path",
      .help = "DS or DNSKEY, for any zone",
      .set = value_anchors,
      .field = field_policy },
    { .path = "dnssec.auto-update",
      .normal = "true",
      .expected = FLAG_WORDS,
      .help = "trust anchors follow their zones by themselves (RFC 5011)",
      .set = value_flag,
      .field = field_auto_update },
    { .path = "dnssec.signal",
      .normal = "true",
      .expected = FLAG_WORDS,
      .help = "tell servers, and clients that ask, which keys are trusted (RFC 8145, RFC 8509)",
      .set = value_flag,
      .field = field_signal },
    { .path = "dnssec.clock",
      .normal = "system",
      .expected = "system or YYYYMMDDHHmmSS (UTC)",
      .help = "a fixed validation time, for tests",
      .set = value_clock,
      .field = field_policy },
    { .path = "dnssec.time-repair",
      .normal = "built-in",
      .expected = "built-in or a list of domain names, *.NAME for those below",
      .help = "time servers, answered unvalidated while the clock is certainly behind; []: none",
      .set = value_time_repair,
      .field = field_time_repair },
    { .path = "dnssec.inception-skew",
      .normal = "3600",
      .expected = "seconds, 0 to 86400",
      .help = "how long before its inception a signature is believed",
      .set = value_number,
      .field = field_inception,
      .least = 0,
      .most = 86400 },
    { .path = "dnssec.expiration-skew",
      .normal = "0",
      .expected = "seconds, 0 to 86400",
      .help = "how long after its expiration a signature is believed",
      .set = value_number,
      .field = field_expiration,
      .least = 0,
      .most = 86400 },
    { .path = "cache.size",
      .normal = "auto",
      .expected = "auto, or 2M to 64G",
      .help = "memory of the cache; auto: the least of 256 MB, RAM / 10, the cgroup's limit / 4",
      .set = value_size,
      .field = field_cache,
      .least = 2 << 20,
      .most = INT64_C(64) << 30 },
    { .path = "cache.ttl-min",
      .normal = "0",
      .expected = "seconds, 0 to 3600",
      .help = "records are kept at least that long",
      .set = value_number,
      .field = field_ttl_min,
      .least = 0,
      .most = 3600 },
    { .path = "cache.ttl-max",
      .normal = "86400",
      .expected = "seconds, 1 to 604800",
      .help = "records are kept at most that long",
      .set = value_number,
      .field = field_ttl_max,
      .least = 1,
      .most = 604800 },
    { .path = "cache.negative-ttl-max",
      .normal = "3600",
      .expected = "seconds, 1 to 86400",
      .help = "absences are kept at most that long",
      .set = value_number,
      .field = field_negative_max,
      .least = 1,
      .most = 86400 },
    { .path = "cache.aggressive",
      .normal = "true",
      .expected = FLAG_WORDS,
      .help = "what proven NSEC and NSEC3 records show to be absent is not asked for (RFC 8198)",
      .set = value_flag,
      .field = field_aggressive },
    { .path = "rate-limit.mode",
      .normal = "auto",
      .expected = "auto, enforce, log-only or off",
      .help =
          "bounds what forged questions can make us send, and the processor time of other clients; "
          "auto: for all but loopback; off: only while access.allow has no public network",
      .set = value_word,
      .field = field_rate_mode,
      .words = rate_words },
    { .path = "rate-limit.factors",
      .normal = "[]",
      .expected = "a list of {network: PREFIX, factor: 1 to 10000}",
      .help = "known networks with that many times the room; private ones have 16 times anyway",
      .set = value_factors,
      .field = field_rate_factors },
    { .path = "limits",
      .normal = "{}",
      .expected = "a mapping of limits to numbers",
      .help = "any row of lib/base/limits.h by name, up to its ceiling",
      .set = value_limits,
      .field = field_limits },
    { .path = "log.level",
      .normal = "info",
      .expected = "error, warning, notice, info or debug",
      .help = "the least important lines that are written",
      .set = value_word,
      .field = field_log_level,
      .words = level_words },
    { .path = "log.format",
      .normal = "text",
      .expected = "text or json",
      .help = "one line an event",
      .set = value_word,
      .field = field_log_format,
      .words = format_words },
    { .path = "log.queries",
      .normal = "false",
      .expected = FLAG_WORDS,
      .help = "a line for every question of a client",
      .set = value_flag,
      .field = field_log_queries },
};

const unsigned option_row_count = sizeof option_rows / sizeof *option_rows;

/* ---- life ---- */

struct options *options_create(void)
{
    struct options *options = memory_new(sizeof *options);
    char why[CONFIG_WHY];

    if (!options)
        return NULL;
    options->policy = policy_create();
    if (!options->policy || option_defaults(options, why) != ST_OK) {
        options_destroy(options);
        return NULL;
    }
    options->listen_origin = LISTEN_DEFAULT;
    return options;
}

void options_destroy(struct options *options)
{
    if (!options)
        return;
    policy_destroy(options->policy);
    memory_free(options);
}

struct policy *options_take_policy(struct options *options)
{
    struct policy *policy = options->policy;
    options->policy = NULL;
    return policy;
}
