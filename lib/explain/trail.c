#include "lib/explain/trail.h"

#include <string.h>

#include "lib/wire/type.h"

struct kept_name {
    struct list all;
    struct name name;
};

/* ---- life ---- */

struct trail *trail_create(struct pool *pool, const struct limits *limits, const struct name *name,
                           uint16_t type)
{
    struct arena *arena = arena_create(pool, limits->trail_octets);
    struct trail *trail = arena ? ARENA_NEW(arena, struct trail) : NULL;

    if (!trail) {
        arena_destroy(arena);
        return NULL;
    }
    trail->arena = arena;
    trail->steps_max = limits->trail_steps;
    trail->began = INSTANT_NEVER;
    trail->name = trail->about = *name;
    trail->type = trail->about_type = type;
    list_init(&trail->steps);
    list_init(&trail->subjects);
    list_init(&trail->names);
    return trail;
}

void trail_destroy(struct trail *trail)
{
    if (trail)
        arena_destroy(trail->arena);
}

/* ---- what is kept ---- */

/* A walk speaks of few names, and of each many times. */
static const struct name *keep_name(struct trail *trail, const struct name *name)
{
    struct kept_name *kept;

    LIST_EACH(at, &trail->names) {
        kept = LIST_OF(at, struct kept_name, all);
        if (name_identical(&kept->name, name))
            return &kept->name;
    }
    kept = ARENA_NEW(trail->arena, struct kept_name);
    if (!kept)
        return NULL;
    kept->name = *name;
    list_push(&trail->names, &kept->all);
    return &kept->name;
}

/* Zones in the order of their names, in which each stands behind those above it (RFC 4034 §6.1);
 * then the sets as they came. */
static struct list *place_for(struct trail *trail, const struct trail_subject *subject)
{
    LIST_EACH(at, &trail->subjects) {
        const struct trail_subject *other = LIST_OF(at, struct trail_subject, of_trail);
        if (subject->type == TYPE_DNSKEY &&
            (other->type != TYPE_DNSKEY || name_compare(&other->name, &subject->name) > 0))
            return at;
    }
    return &trail->subjects;
}

static struct trail_subject *find_subject(struct trail *trail)
{
    LIST_EACH(at, &trail->subjects) {
        struct trail_subject *subject = LIST_OF(at, struct trail_subject, of_trail);
        if (subject->type == trail->about_type && name_equal(&subject->name, &trail->about))
            return subject;
    }
    return NULL;
}

static struct trail_subject *subject_now(struct trail *trail)
{
    struct trail_subject *subject = find_subject(trail);

    if (subject)
        return subject;
    subject = ARENA_NEW(trail->arena, struct trail_subject);
    if (!subject)
        return NULL;
    subject->name = trail->about;
    subject->type = trail->about_type;
    list_init(&subject->links);
    list_push(place_for(trail, subject), &subject->of_trail);
    return subject;
}

/* Data from each of several servers may fall for the same reason: it is said once. */
static bool repeats(struct trail *trail, const struct trail_step *step)
{
    const struct trail_subject *subject = find_subject(trail);
    const struct trail_step *last = subject ? subject->judged : NULL;

    return last && step->kind == TRAIL_JUDGED && last->why == step->why &&
           last->security == step->security &&
           strcmp(last->said ? last->said : "", step->said ? step->said : "") == 0;
}

/* False: something found no room. */
static bool copy_step(struct trail *trail, const struct trail_step *step, struct trail_step *copy)
{
    *copy = *step;
    list_init(&copy->of_trail);
    list_init(&copy->of_subject);
    copy->subject = NULL;
    copy->ms = (uint32_t)instant_ms_between(trail->began, trail->now);
    copy->owner = step->owner ? keep_name(trail, step->owner) : NULL;
    copy->zone = step->zone ? keep_name(trail, step->zone) : NULL;
    copy->said = step->said ? arena_copy(trail->arena, step->said, strlen(step->said) + 1) : NULL;
    return !copy->owner == !step->owner && !copy->zone == !step->zone && !copy->said == !step->said;
}

/* ---- writing ---- */

void trail_turn(struct trail *trail, struct instant now, const struct name *name, uint16_t type)
{
    if (trail->began.ns == INSTANT_NEVER.ns)
        trail->began = now;
    trail->now = now;
    trail->about = *name;
    trail->about_type = type;
}

void trail_step(struct trail *trail, const struct trail_step *step)
{
    struct trail_subject *subject = NULL;
    struct trail_step *copy;
    bool of_chain = step->kind >= TRAIL_ANCHOR;

    if (!trail)
        return;
    if (of_chain && repeats(trail, step))
        return;
    copy = trail->count < trail->steps_max ? ARENA_NEW(trail->arena, struct trail_step) : NULL;
    if (!copy || !copy_step(trail, step, copy) || (of_chain && !(subject = subject_now(trail)))) {
        trail->lost++;
        return;
    }
    trail->count++;
    list_push(&trail->steps, &copy->of_trail);
    if (!subject)
        return;
    copy->subject = subject;
    list_push(&subject->links, &copy->of_subject);
    if (step->kind == TRAIL_JUDGED)
        subject->judged = copy;
}

void trail_outcome(struct trail *trail, enum security security, const struct cause *cause)
{
    if (!trail)
        return;
    trail->security = (uint8_t)security;
    trail->cause = *cause;
}

const char *trail_security_text(enum security security)
{
    switch (security) {
    case SEC_SECURE: return "secure";
    case SEC_INSECURE:
    case SEC_INDETERMINATE: return "insecure";
    case SEC_BOGUS: return "bogus";
    case SEC_UNCHECKED: break;
    }
    return "failed";
}
