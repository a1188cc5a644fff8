#include "lib/policy/policy.h"

#include "lib/base/memory.h"
#include "lib/policy/hints.h"
#include "lib/policy/special_names.h"

enum { DNS_PORT = 53, TTL_MAX_S = 86400, NEGATIVE_TTL_MAX_S = 3600, INCEPTION_SKEW_S = 3600 };

static enum status add_loopback(struct acl *acl)
{
    TRY(acl_add_text(acl, "127.0.0.0/8"));
    return acl_add_text(acl, "::1/128");
}

static void set_values(struct policy *policy)
{
    limits_defaults(&policy->limits);
    policy->rules.limits = &policy->limits;
    policy->rules.inception_skew_s = INCEPTION_SKEW_S; /* RULINGS A16 */
    policy->dnssec = DNSSEC_VALIDATE;
    policy->hints_port = DNS_PORT;
    policy->qmin = QMIN_RELAXED;
    policy->mixed_case = true;
    policy->cookies = true;
    policy->priming = true;
    policy->aggressive = true;
    policy->signal = true;
    policy->ipv4 = FAMILY_ON;
    policy->ipv6 = FAMILY_AUTO;
    policy->ttl_max_s = TTL_MAX_S;
    policy->negative_ttl_max_s = NEGATIVE_TTL_MAX_S;
}

static enum status set_lists(struct policy *policy)
{
    TRY(add_loopback(&policy->allow));
    TRY(add_loopback(&policy->snoop));
    TRY(acl_add_never_asked(&policy->refuse_addresses));
    TRY(hints_set_builtin(policy));
    TRY(time_repair_add_builtin(&policy->time_repair));
    policy->anchors = anchor_set_create();
    policy->local = local_tree_create();
    if (policy->anchors == NULL || policy->local == NULL)
        return ST_NOMEM;
    TRY(special_names_add(policy->local));
    return anchor_add_builtin(policy->anchors);
}

struct policy *policy_create(void)
{
    struct policy *policy = memory_new(sizeof *policy);
    if (policy == NULL)
        return NULL;
    set_values(policy);
    if (set_lists(policy) == ST_OK)
        return policy;
    policy_destroy(policy);
    return NULL;
}

static enum status copy_lists(const struct policy *from, struct policy *copy)
{
    TRY(acl_copy(&from->allow, &copy->allow));
    TRY(acl_copy(&from->snoop, &copy->snoop));
    TRY(acl_copy(&from->refuse_addresses, &copy->refuse_addresses));
    TRY(networks_copy(&from->rate.networks, &copy->rate.networks));
    TRY(subtrees_copy(&from->modes, &copy->modes));
    TRY(subtrees_copy(&from->negative_anchors, &copy->negative_anchors));
    TRY(zones_copy(&from->zones, &copy->zones));
    TRY(private_addresses_copy(&from->private, &copy->private));
    TRY(subtrees_copy(&from->time_repair, &copy->time_repair));
    copy->anchors = anchor_set_copy(from->anchors);
    copy->local = local_tree_copy(from->local);
    return copy->anchors != NULL && copy->local != NULL ? ST_OK : ST_NOMEM;
}

struct policy *policy_copy(const struct policy *policy)
{
    struct policy *copy = memory_new(sizeof *copy);
    if (copy == NULL)
        return NULL;
    *copy = *policy;
    copy->rules.limits = &copy->limits;
    copy->allow = copy->snoop = copy->refuse_addresses = (struct acl){ .count = 0 };
    copy->modes = copy->negative_anchors = copy->time_repair = (struct subtrees){ .count = 0 };
    copy->zones = (struct zones){ .count = 0 };
    copy->rate.networks = (struct networks){ .count = 0 };
    copy->anchors = NULL;
    copy->local = NULL;
    copy->private = (struct private_addresses){ .hidden = { .count = 0 } };
    if (copy_lists(policy, copy) == ST_OK)
        return copy;
    policy_destroy(copy);
    return NULL;
}

void policy_destroy(struct policy *policy)
{
    if (policy == NULL)
        return;
    acl_clear(&policy->allow);
    acl_clear(&policy->snoop);
    acl_clear(&policy->refuse_addresses);
    networks_clear(&policy->rate.networks);
    anchor_set_destroy(policy->anchors);
    local_tree_destroy(policy->local);
    private_addresses_clear(&policy->private);
    subtrees_clear(&policy->modes);
    subtrees_clear(&policy->negative_anchors);
    zones_clear(&policy->zones);
    subtrees_clear(&policy->time_repair);
    memory_free(policy);
}

enum status policy_add_own(struct policy *policy, const struct endpoint *server)
{
    if (policy->own_count == OWN_MAX)
        return ST_LIMIT;
    policy->own[policy->own_count++] = *server;
    return ST_OK;
}

bool policy_never_asks(const struct policy *policy, const struct endpoint *server)
{
    for (unsigned i = 0; i < policy->own_count; i++)
        if (endpoint_equal(&policy->own[i], server))
            return true;
    return acl_holds(&policy->refuse_addresses, server);
}

enum dnssec_mode policy_mode(const struct policy *policy, const struct name *name)
{
    const struct subtree *closest = subtrees_closest(&policy->modes, name);
    return closest ? closest->mode : policy->dnssec;
}

/* A positive anchor strictly below `top` covers the name. */
static bool anchored_below(const struct policy *policy, const struct name *name,
                           const struct name *top)
{
    struct name positive;

    return anchor_closest(policy->anchors, name, &positive) && name_strictly_under(&positive, top);
}

struct instant policy_negative_until(const struct policy *policy, const struct name *name,
                                     struct instant now)
{
    struct instant latest = { 0 };

    for (unsigned i = 0; i < policy->negative_anchors.count; i++) {
        const struct subtree *at = &policy->negative_anchors.list[i];
        struct instant until = at->until.ns == 0 ? INSTANT_NEVER : at->until;
        if (name_under(name, &at->name) && instant_before(now, until) &&
            instant_before(latest, until) && !anchored_below(policy, name, &at->name))
            latest = until;
    }
    return latest;
}

bool policy_is_negative(const struct policy *policy, const struct name *name, struct instant now)
{
    return policy_negative_until(policy, name, now).ns != 0;
}

bool policy_is_written_insecure(const struct policy *policy, const struct name *name)
{
    const struct zones_entry *entry = zones_closest(&policy->zones, name);

    return entry && entry->dnssec == ZONES_INSECURE && !anchored_below(policy, name, &entry->name);
}
