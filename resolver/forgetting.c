#include "resolver/forgetting.h"

enum { SWEEPS = 2 };

void forgetting_begin(struct forgetting *forgetting, enum forget_what what, struct instant now)
{
    forgetting->all = what == FORGET_ALL || (forgetting->all && forgetting->sweeps > 0);
    forgetting->sweeps = SWEEPS;
    forgetting->sweep_at = now;
}

static bool was_freed(void *context, const struct store_key *key)
{
    const struct forgetting *forgetting = context;
    struct name name;

    return key->kind == KIND_RRSET && name_from_wire(key->name, &name) == ST_OK &&
           negative_freed(forgetting->negative, &name);
}

/* Records below a negative anchor that ended before its time; and answers made of them. */
static void forget_unvalidated(struct forgetting *forgetting)
{
    if (!forgetting->negative || !negative_has_freed(forgetting->negative))
        return;
    (void)store_sweep(forgetting->caches->store, was_freed, forgetting);
    answer_cache_raise_epoch(forgetting->caches->answers);
}

/* Keys judged under other anchors. */
static void forget_keys(struct forgetting *forgetting)
{
    struct name zone;

    for (size_t i = 0; anchor_zone(forgetting->policy->anchors, i, &zone); i++)
        (void)key_cache_remove(forgetting->caches->keys, &zone);
    forget_unvalidated(forgetting);
}

void forgetting_go_on(struct forgetting *forgetting, struct instant now)
{
    if (forgetting->sweeps == 0 || instant_before(now, forgetting->sweep_at))
        return;
    if (forgetting->all)
        caches_flush(forgetting->caches);
    else
        forget_keys(forgetting);
    forgetting->sweeps--;
    forgetting->sweep_at = instant_after_ms(now, forgetting->policy->limits.resolution_ms);
    if (forgetting->sweeps == 0 && forgetting->negative)
        negative_forgotten(forgetting->negative);
}
