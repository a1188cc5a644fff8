#include "resolver/files.h"

enum {
    OPEN_ANYWAY = 64,   /* standard streams, log, signals, state, the main thread's own */
    OPEN_BY_WORKER = 8, /* its loop, its queues, who wakes it */
    CLIENTS_PART = 4    /* of what is to be shared, connections of clients get one part in four */
};

uint64_t files_least(unsigned workers)
{
    return FILES_BASE + (uint64_t)FILES_PER_WORKER * workers;
}

static uint32_t lesser(uint64_t a, uint32_t b)
{
    return a < b ? (uint32_t)a : b;
}

bool files_share(uint64_t allowed, const struct files_users *users, struct limits *limits)
{
    uint64_t own = OPEN_ANYWAY + (uint64_t)OPEN_BY_WORKER * users->workers;
    uint64_t taken = own + FILES_RESERVE + users->doors;
    uint64_t left = allowed > taken ? allowed - taken : 0;
    uint32_t clients = lesser(left / CLIENTS_PART, limits->tcp_clients);
    uint64_t wanted = limits->tcp_clients + (uint64_t)users->workers * limits->upstream_sockets;

    if (wanted <= left)
        return false;
    limits->tcp_clients = clients;
    limits->upstream_sockets = lesser((left - clients) / users->workers, limits->upstream_sockets);
    return true;
}
