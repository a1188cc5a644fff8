/* hot - cached answers through a worker's loop, listener and engine, for counting what they cost.
 *
 *     build/bench/hot BATCH ROUNDS NAMES
 *     valgrind --tool=callgrind --toggle-collect=loop_once build/bench/hot 16 100 1000
 *     strace -c build/bench/hot 16 1000 1000
 *
 * One thread: a client sends BATCH questions over the loopback, the loop takes and answers them,
 * the client reads the answers; ROUNDS times. Every question has an EDNS OPT with DO, every answer
 * is known and signed. Prints processor time an answer of both together; a benchmark, no test. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/pool.h"
#include "lib/wire/edns.h"
#include "lib/wire/message.h"
#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "resolver/edge/listen_udp.h"

enum { BATCH_MAX = UDP_BATCH, QUESTION_OCTETS = 128, ANSWER_OCTETS = 1232, RRSIG_OCTETS = 100 };

static struct {
    struct policy *policy;
    struct caches *caches;
    struct crypto *crypto;
    struct keyring *keyring;
    struct pool *pool;
    struct metrics metrics;
    struct engine *engine;
    struct loop *loop;
    struct listen_udp *udp;
    struct udp_gate gate;
    int client;
    unsigned batch, rounds, names;
} hot;

static void need(const void *made)
{
    if (made)
        return;
    fprintf(stderr, "hot: cannot be made\n");
    exit(1);
}

static void on_answer(void *context, const struct answer *answer)
{
    (void)context;
    listen_udp_answer(hot.udp, answer);
}

static void on_drop(void *context, uint64_t client)
{
    (void)context;
    listen_udp_drop(hot.udp, client);
}

static void on_turn_ends(void *context)
{
    (void)context;
    listen_udp_flush(hot.udp);
}

/* ---- the worker ---- */

static void make_worker(void)
{
    struct caches_setup caches = { .octets = (size_t)256 << 20, .workers = 1 };
    struct loop_clients clients = { on_answer, on_drop, on_turn_ends, NULL };

    need(hot.policy = policy_create());
    caches.limits = &hot.policy->limits;
    caches.caps = (struct ttl_caps){ 0, 86400, 3600, 60 };
    need(hot.pool = pool_create((size_t)64 << 20));
    need(hot.caches = caches_create(&caches));
    need(hot.crypto = crypto_create());
    need(hot.keyring = keyring_create(hot.crypto, 16));
    struct engine_setup setup = { .policy = hot.policy,
                                  .caches = hot.caches,
                                  .keyring = hot.keyring,
                                  .pool = hot.pool,
                                  .metrics = &hot.metrics };
    prng_seed_number(&setup.prng, 1);
    need(hot.engine = engine_create(&setup));
    need(hot.loop = loop_create(hot.engine, &clients));
}

static void open_sockets(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    hot.client = socket(AF_INET, SOCK_DGRAM, 0);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0 ||
        connect(hot.client, (struct sockaddr *)&address, len) != 0)
        need(NULL);
    static const struct siphash_key rate_key = { 1, 2 };
    hot.gate = (struct udp_gate){
        ratelimit_create(RATELIMIT_PAIRS, &rate_key), hot.policy, &hot.metrics, { .used = 0 }
    };
    need(hot.gate.ratelimit);
    prng_seed_number(&hot.gate.prng, 1);
    struct listen_udp_setup setup = { .loop = hot.loop,
                                      .gate = &hot.gate,
                                      .fd = fd,
                                      .waiting_max = hot.policy->limits.jobs + UDP_BATCH };
    need(hot.udp = listen_udp_create(&setup));
}

/* ---- what is known and asked ---- */

static struct name name_of(unsigned number)
{
    char text[64];
    struct name name;
    (void)snprintf(text, sizeof text, "host%u.example%u.com.", number, number % 977);
    if (name_from_text(text, &name) != ST_OK)
        need(NULL);
    return name;
}

static void learn(struct arena *arena, unsigned number)
{
    static const uint8_t address[4] = { 192, 0, 2, 1 };
    static const uint8_t rrsig[RRSIG_OCTETS] = { 0, TYPE_A };
    struct bytes rdata = { address, sizeof address }, signature = { rrsig, sizeof rrsig };
    struct name name = name_of(number);
    struct rrset *set;
    struct rrset_parts parts = { &name, TYPE_A, 86400, &rdata, 1, &signature, 1 };

    if (rrset_pack(&parts, arena, &set) != ST_OK)
        need(NULL);
    set->security = SEC_SECURE;
    struct link link = {
        .name = name,
        .type = TYPE_A,
        .kind = REPLY_POSITIVE,
        .security = SEC_SECURE,
        .rank = RANK_VALIDATED,
        .ttl_s = 86400,
        .answer = &set,
        .answer_count = 1,
    };
    if (rrset_cache_put(hot.caches->rrsets, &link, DATA_CHECKED, loop_now(hot.loop)) != ST_OK)
        need(NULL);
}

static size_t question_write_to(uint8_t room[QUESTION_OCTETS], unsigned number)
{
    struct header header = { .id = (uint16_t)number, .flags = FLAG_RD, .counts = { 1, 0, 0, 1 } };
    struct question question = { name_of(number), TYPE_A, CLASS_IN };
    struct edns_out edns = { .udp_octets = EDNS_UDP_OCTETS, .dnssec_ok = true };
    struct writer w;

    writer_init(&w, room, QUESTION_OCTETS);
    header_write(&w, &header);
    question_write(&w, &question);
    (void)edns_write(&w, &edns);
    return w.len;
}

/* ---- asking ---- */

static void one_round(unsigned first)
{
    static uint8_t octets[ANSWER_OCTETS];
    unsigned answered = 0;

    for (unsigned i = 0; i < hot.batch; i++) {
        size_t len = question_write_to(octets, (first + i) % (hot.names > 0 ? hot.names : 1));
        if (send(hot.client, octets, len, 0) != (ssize_t)len)
            need(NULL);
    }
    while (answered < hot.batch) {
        loop_once(hot.loop);
        while (recv(hot.client, octets, sizeof octets, MSG_DONTWAIT) > 0)
            answered++;
    }
}

int main(int argc, char **argv)
{
    hot.batch = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 16;
    hot.rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1000;
    hot.names = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 1000;
    if (hot.batch == 0 || hot.batch > BATCH_MAX || hot.names == 0)
        need(NULL);
    make_worker();
    open_sockets();
    struct arena *arena = arena_create(hot.pool, (size_t)1 << 20);
    need(arena);
    for (unsigned i = 0; i < hot.names; i++) {
        learn(arena, i);
        arena_reset(arena);
    }
    for (unsigned i = 0; i < hot.names; i += hot.batch) /* into the answer cache */
        one_round(i);
    clock_t begun = clock();
    for (unsigned i = 0; i < hot.rounds; i++)
        one_round(i * hot.batch * 7919);
    double ns = (double)(clock() - begun) * 1e9 / CLOCKS_PER_SEC;
    printf("%.0f ns an answer, batches of %u, %u names, %lu of %lu from the answer cache\n",
           ns / hot.rounds / hot.batch, hot.batch, hot.names,
           (unsigned long)hot.metrics.hits_answer_cache,
           (unsigned long)hot.metrics.client_udp_queries);
    return 0; /* all of it goes with the process */
}
