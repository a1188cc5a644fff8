#include "resolver/edge/doorman.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/log.h"

/* ---- who is turned away, and what of it is told ---- */

enum refusal { STRANGER, SURPLUS, OWN };

static const struct {
    enum log_level level;
    const char *says;
} lines[] = {
    [STRANGER] = { LOG_NOTICE, "not in access.allow" },
    [SURPLUS] = { LOG_WARNING,
                  "all connections that there may be are in use (limits.tcp_clients)" },
    [OWN] = { LOG_NOTICE, "it has all connections that one client may have "
                          "(limits.tcp_clients_prefix, rate-limit.factors)" },
};

enum { LINE_KEY = 0x7c90 /* of the first line, for log_may_repeat */ };

static void turn_away(const struct doorman *doorman, const struct newcomer *newcomer,
                      enum refusal refusal)
{
    struct metrics *metrics = doorman->company->metrics;
    uint64_t *const counters[] = { &metrics->tcp_strangers, &metrics->tcp_surplus,
                                   &metrics->tcp_crowded };
    enum log_level level = lines[refusal].level;
    char from[ENDPOINT_TEXT];

    metrics_add(counters[refusal], 1);
    if (log_may_repeat(level, LINE_KEY + refusal, loop_now(doorman->loop)))
        log_line(level, "a TCP connection from %s was closed at once: %s (SIGUSR1 logs how many)",
                 endpoint_text(&newcomer->from, from), lines[refusal].says);
    close(newcomer->fd);
}

static void accept_one(struct doorman *doorman, int fd, const struct sockaddr *address)
{
    struct company *company = doorman->company;
    struct newcomer newcomer = { .fd = fd };
    struct guest *yields;

    if (!endpoint_from_sockaddr(address, &newcomer.from)) {
        close(fd);
        return;
    }
    if (!acl_holds(&company->policy->allow, &newcomer.from)) { /* LIMITS F5: no place for these */
        turn_away(doorman, &newcomer, STRANGER);
        return;
    }
    enum crowd_answer answer =
        company_comes(company, &newcomer.from, loop_now(doorman->loop), &newcomer.client, &yields);
    if (yields) {
        metrics_add(&company->metrics->tcp_yielded, 1);
        doorman->sends_away(doorman, yields);
    }
    if (answer == CROWD_IN)
        doorman->lets_in(doorman, &newcomer);
    else
        turn_away(doorman, &newcomer, answer == CROWD_OWN ? OWN : SURPLUS);
}

/* Until a tick finds that somebody yields, or that there are descriptors again; the system keeps
 * newcomers meanwhile. */
static void leave_waiting(struct doorman *doorman)
{
    loop_unwatch(doorman->loop, &doorman->watcher);
    doorman->paused = true;
}

static void on_accept(struct watcher *watcher, uint32_t events)
{
    struct doorman *doorman = LIST_OF(watcher, struct doorman, watcher);

    (void)events;
    for (unsigned i = 0; i < DOORMAN_ACCEPTS && loop_left(doorman->loop) > 0; i++) {
        struct sockaddr_storage address;
        socklen_t len = sizeof address;
        if (company_is_closed(doorman->company, loop_now(doorman->loop))) {
            if (i == 0) /* somebody waits */
                leave_waiting(doorman);
            return;
        }
        int fd =
            accept4(doorman->fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            accept_one(doorman, fd, (struct sockaddr *)&address);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            leave_waiting(doorman);
        return;
    }
}

enum status doorman_begin(struct doorman *doorman)
{
    doorman->watcher = (struct watcher){ on_accept, doorman->fd, WATCHES_NEWCOMERS };
    if (loop_watch(doorman->loop, &doorman->watcher, EPOLLIN) == ST_OK)
        return ST_OK;
    doorman->watcher.fd = -1;
    return ST_IO;
}

void doorman_stop(struct doorman *doorman)
{
    doorman->paused = false;
    loop_unwatch(doorman->loop, &doorman->watcher);
}

void doorman_tick(struct doorman *doorman)
{
    if (doorman->paused)
        doorman->paused = doorman_begin(doorman) != ST_OK;
}
