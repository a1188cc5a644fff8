#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/memory.h"
#include "lib/engine/exchange.h"
#include "lib/net/upstream.h"

enum {
    PREFIX_OCTETS = 2,            /* RFC 1035 §4.2.2 */
    UNSENT_OCTETS_MAX = 64 * 1024 /* of a server that does not read: then it has no TCP */
};

/* Questions go out in the order they come, and answers in whatever order the server has. An
 * answer's room grows with what comes, so that announcing much costs a server what it costs us; all
 * is drawn from working memory (RULINGS B17). */
struct stream_buffer {
    struct buffer unsent;
    uint8_t prefix[PREFIX_OCTETS];
    size_t prefix_got;
    struct buffer answer;
    size_t answer_len; /* answer.len <= answer_len */
};

static struct pool *pool_of(const struct upstream_socket *socket)
{
    return loop_pool(upstream_loop(socket->upstream));
}

void upstream_stream_free(struct upstream_socket *socket)
{
    if (!socket->stream)
        return;
    buffer_free(&socket->stream->unsent, pool_of(socket));
    buffer_free(&socket->stream->answer, pool_of(socket));
    memory_free(socket->stream);
    socket->stream = NULL;
}

static void fail(struct upstream_socket *socket, enum send_failure failure)
{
    upstream_failed(socket, failure);
    upstream_tell_failures(socket->upstream);
}

/* RFC 7766 §8: prefix and question in one write. */
static enum status put(struct upstream_socket *socket, struct bytes message)
{
    uint8_t framed[PREFIX_OCTETS + EXCHANGE_QUERY_OCTETS];

    if (message.len > EXCHANGE_QUERY_OCTETS)
        return ST_LIMIT;
    framed[0] = (uint8_t)(message.len >> 8);
    framed[1] = (uint8_t)message.len;
    memcpy(framed + PREFIX_OCTETS, message.at, message.len);
    return buffer_append(&socket->stream->unsent, pool_of(socket),
                         (struct bytes){ framed, PREFIX_OCTETS + message.len }, UNSENT_OCTETS_MAX);
}

/* ST_BUSY: the rest goes when there is room. */
static enum status write_some(struct upstream_socket *socket)
{
    struct buffer *unsent = &socket->stream->unsent;

    if (unsent->len == 0)
        return ST_OK;
    ssize_t sent = send(socket->watcher.fd, unsent->at, unsent->len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR ? ST_BUSY : ST_IO;
    buffer_leave(unsent, pool_of(socket), (size_t)sent);
    if (unsent->len > 0)
        return ST_BUSY;
    return loop_change(upstream_loop(socket->upstream), &socket->watcher, EPOLLIN);
}

/* ST_OK: some came. ST_IO: the end of the stream, with errno 0, or an error. */
static enum status take(struct upstream_socket *socket, uint8_t *into, size_t want, size_t *got)
{
    ssize_t came = recv(socket->watcher.fd, into, want, MSG_DONTWAIT);

    if (came < 0)
        return errno == EAGAIN || errno == EINTR ? ST_BUSY : ST_IO;
    if (came == 0)
        errno = 0;
    *got += (size_t)came;
    return came > 0 ? ST_OK : ST_IO;
}

/* One read: ST_OK when all is there, ST_NOTFOUND while more may come. */
static enum status read_some(struct upstream_socket *socket)
{
    struct stream_buffer *stream = socket->stream;

    if (stream->prefix_got < PREFIX_OCTETS) {
        TRY(take(socket, stream->prefix + stream->prefix_got, PREFIX_OCTETS - stream->prefix_got,
                 &stream->prefix_got));
        stream->answer_len = (size_t)stream->prefix[0] << 8 | stream->prefix[1];
        return ST_NOTFOUND;
    }
    struct buffer *answer = &stream->answer;
    errno = 0;
    if (stream->answer_len == 0) /* it announced nothing */
        return ST_IO;
    if (answer->len == answer->room)
        TRY(buffer_grow(answer, pool_of(socket), answer->len + 1, stream->answer_len));
    size_t want = stream->answer_len < answer->room ? stream->answer_len : answer->room;
    TRY(take(socket, answer->at + answer->len, want - answer->len, &answer->len));
    return answer->len == stream->answer_len ? ST_OK : ST_NOTFOUND;
}

/* The buffer outlives the event, though the engine may close this number in it. */
static void deliver(struct upstream_socket *socket)
{
    struct pool *pool = pool_of(socket);
    struct buffer answer = socket->stream->answer;
    struct event event = {
        .kind = EVENT_REPLY,
        .reply = { .socket = socket->number, .message = { answer.at, answer.len } },
    };
    socket->stream->answer = (struct buffer){ .at = NULL };
    socket->stream->prefix_got = 0;
    loop_event(upstream_loop(socket->upstream), &event);
    buffer_free(&answer, pool);
}

static enum send_failure why_it_ended(const struct upstream_socket *socket)
{
    enum send_failure failure = errno != 0 ? upstream_path_fault(errno) : SEND_LOST;
    return socket->stream->prefix_got > 0 && failure != SEND_LOCAL ? SEND_CUT : failure;
}

/* A turn reads one answer a connection. False: nothing is there. */
static bool read_one(struct upstream_socket *socket)
{
    enum status status;
    do {
        status = read_some(socket);
    } while (status == ST_NOTFOUND);
    if (status == ST_OK)
        deliver(socket);
    else if (status != ST_BUSY)
        fail(socket, status == ST_NOMEM ? SEND_LOCAL : why_it_ended(socket));
    return status != ST_BUSY;
}

static bool finish_connect(struct upstream_socket *socket)
{
    int error = 0;
    socklen_t len = sizeof error;

    if (socket->connected)
        return true;
    if (getsockopt(socket->watcher.fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0) {
        fail(socket, upstream_path_fault(error));
        return false;
    }
    socket->connected = true;
    return true;
}

/* What came before the server hung up is read, though it takes no question more. */
static void on_ready(struct watcher *watcher, uint32_t events)
{
    struct upstream_socket *socket = LIST_OF(watcher, struct upstream_socket, watcher);

    if (!finish_connect(socket))
        return;
    bool broken = write_some(socket) == ST_IO;
    bool came = (broken || events & ~(uint32_t)EPOLLOUT) && read_one(socket);
    if (broken && !came)
        fail(socket, SEND_REFUSED);
}

static int open_connecting(const struct send *send)
{
    struct sockaddr_storage to;
    size_t to_len = endpoint_to_sockaddr(&send->to, &to);
    int one = 1;
    int fd = socket(send->to.family == 6 ? AF_INET6 : AF_INET,
                    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    (void)!setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&to, (socklen_t)to_len) == 0 || errno == EINPROGRESS)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* A connection that is at its end already has a failure to be told, which is this question's too.
 * Now or later it is written by on_ready alone: no failure is met in the middle of an action. */
void upstream_stream_send(struct upstream_socket *socket, struct bytes message)
{
    if (!list_empty(&socket->failing))
        return;
    if (put(socket, message) != ST_OK ||
        loop_change(upstream_loop(socket->upstream), &socket->watcher, EPOLLIN | EPOLLOUT) != ST_OK)
        upstream_failed(socket, SEND_LOCAL);
}

void upstream_stream_open(struct upstream_socket *socket, const struct send *send)
{
    socket->connected = false;
    socket->watcher.ready = on_ready;
    socket->stream = memory_new(sizeof *socket->stream);
    if (!socket->stream || put(socket, send->message) != ST_OK) {
        upstream_stream_free(socket);
        upstream_failed(socket, SEND_LOCAL);
        return;
    }
    socket->watcher.fd = open_connecting(send);
    if (socket->watcher.fd < 0) {
        upstream_failed(socket, errno == ECONNREFUSED ? SEND_REFUSED : SEND_LOCAL);
        upstream_stream_free(socket);
        return;
    }
    if (loop_watch(upstream_loop(socket->upstream), &socket->watcher, EPOLLIN | EPOLLOUT) != ST_OK)
        upstream_failed(socket, SEND_LOCAL);
}
