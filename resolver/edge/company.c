#include "resolver/edge/company.h"

void company_init(struct company *company)
{
    list_init(&company->busy);
    list_init(&company->resting);
    crowd_join(company->crowd, &company->part);
}

void company_end(struct company *company)
{
    crowd_leave(company->crowd, &company->part);
}

/* ---- who yields ---- */

static struct guest *guest_at(struct list *node)
{
    return LIST_OF(node, struct guest, node);
}

static struct instant oldest(const struct guest *guest)
{
    return LIST_OF(guest->waiting.next, struct guest_question, node)->since;
}

static struct guest *longest_resting(const struct company *company, struct instant now)
{
    struct guest *first;

    if (list_empty(&company->resting))
        return NULL;
    first = guest_at(company->resting.next);
    return instant_ms_between(first->idle_since, now) >= COMPANY_REST_MS ? first : NULL;
}

static bool has_been_kept(const struct guest *guest, struct instant now)
{
    return instant_ms_between(oldest(guest), now) >= COMPANY_KEPT_MS;
}

/* Nobody yields to one who would then have more than he, and more than a few. */
static struct guest *greediest(const struct company *company, uint64_t newcomers,
                               struct instant now)
{
    struct guest *found = NULL;
    uint64_t most = newcomers <= COMPANY_FEW * CROWD_SHARE ? 0 : newcomers;

    LIST_EACH(at, &company->busy) {
        struct guest *guest = guest_at(at);
        uint64_t share = crowd_share(company->crowd, &guest->client, 0);
        if (share < most || !has_been_kept(guest, now))
            continue;
        if (found && share == most && !instant_before(oldest(guest), oldest(found)))
            continue;
        found = guest;
        most = share;
    }
    return found;
}

static struct guest *who_yields(const struct company *company, uint64_t newcomers,
                                struct instant now)
{
    struct guest *rests = longest_resting(company, now);
    return rests ? rests : greediest(company, newcomers, now);
}

/* The same question of a newcomer who has nothing yet, and without asking who: it is asked before
 * each one is accepted. */
static bool somebody_yields(const struct company *company, struct instant now)
{
    if (longest_resting(company, now))
        return true;
    LIST_EACH(at, &company->busy)
        if (has_been_kept(guest_at(at), now))
            return true;
    return false;
}

struct guest *company_pays(struct company *company, struct instant now)
{
    struct guest *guest;

    if (!crowd_owes(company->crowd, &company->part, company->limits))
        return NULL;
    guest = who_yields(company, 0, now);
    if (guest)
        crowd_pays(&company->part);
    return guest;
}

/* ---- coming and going ---- */

bool company_is_closed(const struct company *company, struct instant now)
{
    return crowd_is_full(company->crowd, company->limits) && !somebody_yields(company, now) &&
           !crowd_lender(company->crowd, &company->part);
}

enum crowd_answer company_comes(struct company *company, const struct endpoint *from,
                                struct instant now, struct crowd_client *client,
                                struct guest **yields)
{
    enum crowd_answer answer;

    *yields = NULL;
    *client = crowd_client(company->crowd, company->policy, from);
    answer = crowd_comes(company->crowd, &company->part, company->limits, client);
    if (answer != CROWD_FULL)
        return answer;
    *yields = who_yields(company, crowd_share(company->crowd, client, 1), now);
    if (!*yields && !crowd_borrow(company->crowd, &company->part))
        return CROWD_FULL;
    crowd_comes_instead(company->crowd, &company->part, client);
    return CROWD_IN;
}

void company_enter(struct company *company, struct guest *guest, struct instant now)
{
    list_init(&guest->waiting);
    list_init(&guest->free);
    for (unsigned i = 0; i < company->limits->tcp_in_flight; i++)
        list_push(&guest->free, &guest->questions[i].node);
    guest->idle_since = now;
    list_push(&company->resting, &guest->node);
}

void company_leave(struct company *company, struct guest *guest)
{
    crowd_goes(company->crowd, &company->part, &guest->client);
    list_remove(&guest->node);
}

/* ---- questions ---- */

unsigned company_asks(struct company *company, struct guest *guest, struct instant now)
{
    struct list *node = list_pop(&guest->free);
    struct guest_question *question = LIST_OF(node, struct guest_question, node);

    if (guest->in_flight++ == 0) {
        list_remove(&guest->node);
        list_push(&company->busy, &guest->node);
    }
    question->since = now;
    question->waits = true;
    list_push(&guest->waiting, &question->node);
    return (unsigned)(question - guest->questions);
}

bool company_ends(struct company *company, struct guest *guest, unsigned number, struct instant now)
{
    struct guest_question *question = &guest->questions[number];

    if (number >= company->limits->tcp_in_flight || !question->waits)
        return false;
    question->waits = false;
    list_remove(&question->node);
    list_push(&guest->free, &question->node);
    if (--guest->in_flight == 0) {
        guest->idle_since = now;
        list_remove(&guest->node);
        list_push(&company->resting, &guest->node);
    }
    return true;
}
