#include "resolver/edge/doorman.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void accept_one(struct doorman *doorman, int fd, const struct sockaddr *address)
{
    struct newcomer newcomer = { .fd = fd };
    enum crowd_answer answer = CROWD_OWN;
    struct guest *yields = NULL;

    if (endpoint_from_sockaddr(address, &newcomer.from))
        answer = company_comes(doorman->company, &newcomer.from, loop_now(doorman->loop),
                               &newcomer.client, &yields);
    if (yields)
        doorman->sends_away(doorman, yields);
    if (answer == CROWD_IN)
        doorman->lets_in(doorman, &newcomer);
    else
        close(fd);
}

static void on_accept(struct watcher *watcher, uint32_t events)
{
    struct doorman *doorman = LIST_OF(watcher, struct doorman, watcher);

    (void)events;
    for (unsigned i = 0; i < DOORMAN_ACCEPTS; i++) {
        struct sockaddr_storage address;
        socklen_t len = sizeof address;
        int fd =
            accept4(doorman->fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            accept_one(doorman, fd, (struct sockaddr *)&address);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            loop_unwatch(doorman->loop, &doorman->watcher);
            doorman->paused = true;
        }
        return;
    }
}

enum status doorman_begin(struct doorman *doorman)
{
    doorman->watcher = (struct watcher){ .ready = on_accept, .fd = doorman->fd };
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
