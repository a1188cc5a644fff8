#include "lib/engine/streams.h"

#include "lib/base/list.h"
#include "lib/base/memory.h"
#include "lib/base/must.h"
#include "lib/base/table.h"

struct asking {
    struct fetch *fetch; /* NULL: given up */
    uint16_t id, heard;  /* heard: how many answers the connection had given when it was asked */
    bool sent;
};

/* waiting <= count <= taken <= limits.stream_questions. */
struct stream {
    struct table_node by_server;
    struct list all;
    struct list idle; /* in `idle` while nobody waits: those at their end first, then the oldest */
    struct instant idle_since;
    struct endpoint server;
    uint32_t socket;
    uint16_t taken, heard;   /* questions it took in its life; answers it gave */
    uint16_t waiting, count; /* outstanding: not given up; all */
    bool opened, ended;      /* its first question was sent; it takes no more */
    struct asking questions[];
};

struct streams {
    const struct limits *limits;
    struct sockets *sockets;
    const struct pool *pool;
    struct siphash_key key;
    struct table by_server;
    struct list all, idle;
};

/* ---- life ---- */

struct streams *streams_create(const struct limits *limits, struct sockets *sockets,
                               const struct pool *pool, const struct siphash_key *key)
{
    struct streams *streams = memory_new(sizeof *streams);
    if (!streams)
        return NULL;
    streams->limits = limits;
    streams->sockets = sockets;
    streams->pool = pool;
    streams->key = *key;
    list_init(&streams->all);
    list_init(&streams->idle);
    if (table_init(&streams->by_server, limits->upstream_sockets) != ST_OK) {
        memory_free(streams);
        return NULL;
    }
    return streams;
}

static void forget(struct streams *streams, struct stream *stream)
{
    table_remove(&streams->by_server, &stream->by_server);
    list_remove(&stream->all);
    list_remove(&stream->idle);
    sockets_forget(streams->sockets, stream->socket);
    memory_free(stream);
}

void streams_destroy(struct streams *streams)
{
    if (!streams)
        return;
    while (!list_empty(&streams->all))
        forget(streams, LIST_OF(streams->all.next, struct stream, all));
    table_clear(&streams->by_server);
    memory_free(streams);
}

/* ---- finding ---- */

static struct asking *find(struct stream *stream, uint16_t id)
{
    for (unsigned i = 0; stream && i < stream->count; i++)
        if (stream->questions[i].id == id)
            return &stream->questions[i];
    return NULL;
}

bool streams_has(const struct streams *streams, uint32_t socket)
{
    return sockets_stream(streams->sockets, socket) != NULL;
}

bool streams_has_answered(const struct streams *streams, uint32_t socket)
{
    const struct stream *stream = sockets_stream(streams->sockets, socket);
    return stream && stream->heard > 0;
}

bool streams_find(const struct streams *streams, uint32_t socket, uint16_t id, struct fetch **fetch)
{
    const struct asking *question = find(sockets_stream(streams->sockets, socket), id);

    *fetch = question ? question->fetch : NULL;
    return question != NULL;
}

/* ---- taking ---- */

static bool takes_more(const struct streams *streams, const struct stream *stream)
{
    return !stream->ended && stream->taken < streams->limits->stream_questions;
}

static bool open_stream(struct streams *streams, const struct stream_wish *wish, struct prng *prng,
                        struct socket_grant *grant)
{
    size_t room = streams->limits->stream_questions * sizeof(struct asking);
    struct socket_wish socket = { wish->server, VIA_TCP, SOCKET_NEW, wish->now };
    uint64_t hash = siphash13(&streams->key, wish->server, sizeof *wish->server);
    struct stream *stream = memory_new(sizeof *stream + room);

    if (!stream || sockets_take(streams->sockets, &socket, prng, NULL, grant) != ST_OK) {
        memory_free(stream);
        return false;
    }
    if (table_insert(&streams->by_server, &stream->by_server, hash) != ST_OK) {
        sockets_forget(streams->sockets, grant->socket);
        memory_free(stream);
        return false;
    }
    sockets_carry(streams->sockets, grant->socket, stream);
    stream->server = *wish->server;
    stream->socket = grant->socket;
    stream->idle_since = wish->now;
    list_push(&streams->all, &stream->all);
    list_push(&streams->idle, &stream->idle);
    return true;
}

enum status streams_take(struct streams *streams, const struct stream_wish *wish, struct prng *prng,
                         struct socket_grant *grant)
{
    uint64_t hash = siphash13(&streams->key, wish->server, sizeof *wish->server);
    struct table_node *node = table_first(&streams->by_server, hash);
    const struct stream *best = NULL;
    unsigned open = 0;

    for (; node; node = table_next(node)) {
        const struct stream *stream = LIST_OF(node, struct stream, by_server);
        if (!endpoint_equal(&stream->server, wish->server))
            continue;
        open++;
        if (takes_more(streams, stream) && (!best || stream->waiting < best->waiting))
            best = stream;
    }
    bool may_open = open < streams->limits->server_streams;
    if (may_open && (!best || wish->use == SOCKET_NEW) && open_stream(streams, wish, prng, grant))
        return ST_OK;
    if (!best)
        return may_open ? ST_LIMIT : ST_BUSY;
    *grant = (struct socket_grant){ .socket = best->socket, .use = SOCKET_AGAIN };
    return ST_OK;
}

uint16_t streams_ask(struct streams *streams, uint32_t socket, struct fetch *fetch, uint16_t id)
{
    struct stream *stream = sockets_stream(streams->sockets, socket);

    if (!must(stream && takes_more(streams, stream)))
        return id;
    while (find(stream, id))
        id++;
    stream->questions[stream->count++] =
        (struct asking){ .fetch = fetch, .id = id, .heard = stream->heard };
    stream->taken++;
    stream->waiting++;
    list_remove(&stream->idle);
    return id;
}

enum socket_use streams_send(struct streams *streams, uint32_t socket, uint16_t id)
{
    struct stream *stream = sockets_stream(streams->sockets, socket);
    struct asking *question = find(stream, id);

    if (!must(question != NULL))
        return SOCKET_AGAIN;
    enum socket_use use = stream->opened ? SOCKET_AGAIN : SOCKET_NEW;
    stream->opened = question->sent = true;
    return use;
}

/* ---- what becomes of a question ---- */

static bool is_over(const struct streams *streams, const struct stream *stream)
{
    return stream->waiting == 0 && !takes_more(streams, stream);
}

static void one_waits_less(struct streams *streams, struct stream *stream, struct instant now)
{
    stream->waiting--;
    if (stream->waiting > 0)
        return;
    stream->idle_since = now;
    list_push(is_over(streams, stream) ? streams->idle.next : &streams->idle, &stream->idle);
}

static void drop(struct stream *stream, struct asking *question)
{
    *question = stream->questions[--stream->count];
}

void streams_answered(struct streams *streams, uint32_t socket, uint16_t id, struct instant now)
{
    struct stream *stream = sockets_stream(streams->sockets, socket);
    struct asking *question = find(stream, id);
    bool waited = question && question->fetch;

    if (!question)
        return;
    drop(stream, question);
    stream->heard++;
    if (waited)
        one_waits_less(streams, stream, now);
}

void streams_give_up(struct streams *streams, uint32_t socket, uint16_t id, struct instant now)
{
    struct stream *stream = sockets_stream(streams->sockets, socket);
    struct asking *question = find(stream, id);

    if (!question || !question->fetch)
        return;
    if (!question->sent) {
        drop(stream, question);
        stream->taken--;
        stream->ended = stream->ended || (!stream->opened && stream->count == 0);
    } else {
        question->fetch = NULL;
        stream->ended = stream->ended || question->heard == stream->heard;
    }
    one_waits_less(streams, stream, now);
}

struct fetch *streams_end(struct streams *streams, uint32_t socket)
{
    struct stream *stream = sockets_stream(streams->sockets, socket);

    if (!stream)
        return NULL;
    stream->ended = true;
    for (unsigned i = 0; i < stream->count; i++) {
        struct fetch *fetch = stream->questions[i].fetch;
        if (!fetch)
            continue;
        stream->questions[i].fetch = NULL;
        one_waits_less(streams, stream, stream->idle_since);
        return fetch;
    }
    list_remove(&stream->idle); /* to the front */
    list_push(streams->idle.next, &stream->idle);
    return NULL;
}

/* ---- time, and no room ---- */

static struct stream *first_idle(const struct streams *streams)
{
    return list_empty(&streams->idle) ? NULL : LIST_OF(streams->idle.next, struct stream, idle);
}

struct instant streams_deadline(const struct streams *streams)
{
    const struct stream *stream = first_idle(streams);
    if (!stream)
        return INSTANT_NEVER;
    if (is_over(streams, stream) || streams->by_server.count > streams->limits->streams ||
        sockets_crowded(streams->sockets) || pool_low(streams->pool))
        return (struct instant){ 0 };
    return instant_after_ms(stream->idle_since, streams->limits->stream_idle_ms);
}

bool streams_expire(struct streams *streams, struct instant now, uint32_t *socket)
{
    struct stream *stream;

    while ((stream = first_idle(streams)) && !instant_before(now, streams_deadline(streams))) {
        bool opened = stream->opened; /* or else nobody outside knows of it */
        *socket = stream->socket;
        forget(streams, stream);
        if (opened)
            return true;
    }
    return false;
}
