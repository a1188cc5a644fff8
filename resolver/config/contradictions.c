#include <string.h>

#include "lib/policy/localname.h"
#include "resolver/config/option.h"

/* ---- what keys, each fine by itself, may not say together ---- */

/* Half of all IPv4 addresses or more, or of the global ones of IPv6 (2000::/3): however it is cut
 * into prefixes, that is nobody's own network. */
static bool covers_world(const struct acl *acl)
{
    const struct prefix global = { .base = { .octets = { 0x20 }, .family = 6 }, .bits = 3 };

    if (acl_share(acl, &global) >= ACL_SHARE_ALL / 2)
        return true;
    return acl_share(acl, &(struct prefix){ .base = { .family = 4 } }) >= ACL_SHARE_ALL / 2;
}

static bool is_any_address(const struct endpoint *endpoint)
{
    static const uint8_t zero[sizeof endpoint->octets];
    return memcmp(endpoint->octets, zero, sizeof zero) == 0;
}

/* Two sockets of ours on one address would each get half of the questions. */
static bool overlap(const struct endpoint *a, const struct endpoint *b)
{
    return a->family == b->family && a->port == b->port &&
           (endpoint_same_address(a, b) || is_any_address(a) || is_any_address(b));
}

/* RULINGS A21: without a limit only where no one outside can be hit. */
static enum status check_rate(const struct policy *policy, char why[CONFIG_WHY])
{
    char text[ENDPOINT_TEXT];

    for (unsigned i = 0; policy->rate.mode == RATELIMIT_OFF && i < policy->allow.count; i++) {
        const struct prefix *prefix = &policy->allow.prefixes[i];
        if (network_is_inside(prefix))
            continue;
        words_say(why,
                  "rate-limit.mode is off while access.allow lets the public network %s/%u in: "
                  "whoever forges its addresses floods it through us; set auto, or log-only",
                  endpoint_text(&prefix->base, text), prefix->bits);
        return ST_MALFORMED;
    }
    return ST_OK;
}

static struct prefix prefix_of(const struct network *network)
{
    struct prefix prefix = { .base = { .family = network->family }, .bits = network->length };

    for (unsigned i = 0; i < sizeof network->bits; i++)
        prefix.base.octets[i] = (uint8_t)(network->bits >> (56 - 8 * i));
    return prefix;
}

/* With room for thousands at every address there is no limit either. */
static enum status check_factors(const struct policy *policy, char why[CONFIG_WHY])
{
    const struct networks *networks = &policy->rate.networks;
    struct acl roomy = { .count = 0 };
    enum status status = ST_OK;

    for (unsigned i = 0; i < networks->count && status == ST_OK; i++) {
        struct prefix prefix = prefix_of(&networks->list[i]);
        if (networks->list[i].factor > 1)
            status = acl_add(&roomy, &prefix);
    }
    if (status == ST_OK && covers_world(&roomy) && covers_world(&policy->allow)) {
        words_say(why, "rate-limit.factors gives the whole world more room while access.allow lets "
                       "it in: a factor is for a network that you know");
        status = ST_MALFORMED;
    }
    acl_clear(&roomy);
    return status;
}

bool options_warn(const struct options *options, char why[CONFIG_WHY])
{
    const struct policy *policy = options->policy;
    char text[ENDPOINT_TEXT];

    for (unsigned i = 0; policy->rate.mode == RATELIMIT_LOG_ONLY && i < policy->allow.count; i++) {
        const struct prefix *prefix = &policy->allow.prefixes[i];
        if (network_is_inside(prefix))
            continue;
        words_say(
            why,
            "rate-limit.mode is log-only while access.allow lets the public network %s/%u in: "
            "what exceeds the limits is logged and sent all the same, to forged addresses "
            "too; set auto once the log shows no client of yours",
            endpoint_text(&prefix->base, text), prefix->bits);
        return true;
    }
    return false;
}

static enum status check_listen(const struct options *options, char why[CONFIG_WHY])
{
    char one[ENDPOINT_TEXT], other[ENDPOINT_TEXT];

    for (unsigned i = 0; i < options->listen_count; i++)
        for (unsigned j = 0; j < i; j++) {
            if (!overlap(&options->listen[i], &options->listen[j]))
                continue;
            words_say(why, "listen has %s and %s, which is the same place: keep one",
                      endpoint_text(&options->listen[j], one),
                      endpoint_text(&options->listen[i], other));
            return ST_MALFORMED;
        }
    return ST_OK;
}

static enum status check_order(const char *less, uint32_t low, const char *more, uint32_t high,
                               char why[CONFIG_WHY])
{
    if (low <= high)
        return ST_OK;
    words_say(why, "%s (%u) is more than %s (%u)", less, low, more, high);
    return ST_MALFORMED;
}

static enum status check_local(const struct policy *policy, char why[CONFIG_WHY])
{
    char sentence[TEXT_WHY];
    enum status status = localname_check(policy->local, sentence);

    if (status != ST_OK)
        words_say(why, "local: %s", sentence);
    return status;
}

enum status options_check(const struct options *options, char why[CONFIG_WHY])
{
    const struct policy *policy = options->policy;
    const struct limits *limits = &policy->limits;

    if (covers_world(&policy->allow) && !options->open_resolver) {
        words_say(why, "access.allow lets the whole world in: an open resolver is used in attacks "
                       "on others; list your own networks, or set access.open-resolver: true");
        return ST_MALFORMED;
    }
    if (policy->ipv4 == FAMILY_OFF && policy->ipv6 == FAMILY_OFF) {
        words_say(why, "upstream.ipv4 and upstream.ipv6 are both off: no server can be asked");
        return ST_MALFORMED;
    }
    TRY(check_local(policy, why));
    TRY(check_rate(policy, why));
    TRY(check_factors(policy, why));
    TRY(check_order("cache.ttl-min", policy->ttl_min_s, "cache.ttl-max", policy->ttl_max_s, why));
    TRY(check_order("limits.questions", limits->questions, "limits.packets", limits->packets, why));
    TRY(check_order("limits.ttl_failure_s", limits->ttl_failure_s, "limits.ttl_failure_max_s",
                    limits->ttl_failure_max_s, why));
    TRY(check_order("limits.first_timeout_ms", limits->first_timeout_ms, "limits.timeout_cap_ms",
                    limits->timeout_cap_ms, why));
    return check_listen(options, why);
}
