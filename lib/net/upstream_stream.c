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

enum { PREFIX_OCTETS = 2 /* RFC 1035 §4.2.2 */ };

/* One question out, one answer in. The answer's room grows with what comes, so that announcing much
 * costs a server what it costs us; it is drawn from working memory (RULINGS B17). */
struct stream_buffer {
    uint8_t query[PREFIX_OCTETS + EXCHANGE_QUERY_OCTETS];
    size_t query_len, sent;
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
    buffer_free(&socket->stream->answer, pool_of(socket));
    memory_free(socket->stream);
    socket->stream = NULL;
}

static void fail(struct upstream_socket *socket, enum send_failure failure)
{
    upstream_failed(socket, failure);
    upstream_tell_failures(socket->upstream);
}

static enum status write_some(struct upstream_socket *socket)
{
    struct stream_buffer *stream = socket->stream;
    ssize_t sent = send(socket->watcher.fd, stream->query + stream->sent,
                        stream->query_len - stream->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR ? ST_BUSY : ST_IO;
    stream->sent += (size_t)sent;
    if (stream->sent < stream->query_len)
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

static void read_all(struct upstream_socket *socket)
{
    enum status status;
    do {
        status = read_some(socket);
    } while (status == ST_NOTFOUND);
    if (status == ST_BUSY)
        return;
    if (status == ST_NOMEM) {
        fail(socket, SEND_LOCAL);
        return;
    }
    if (status != ST_OK) {
        fail(socket, errno != 0 ? upstream_path_fault(errno) : SEND_LOST);
        return;
    }
    /* The buffer outlives the event, though the engine closes this number in it. */
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

static void on_ready(struct watcher *watcher, uint32_t events)
{
    struct upstream_socket *socket = LIST_OF(watcher, struct upstream_socket, watcher);

    if (!finish_connect(socket))
        return;
    if (socket->stream->sent < socket->stream->query_len) {
        enum status status = write_some(socket);
        if (status == ST_IO)
            fail(socket, SEND_REFUSED);
        else if (status == ST_OK && events & EPOLLIN)
            read_all(socket);
    } else {
        read_all(socket);
    }
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

void upstream_stream_open(struct upstream_socket *socket, const struct send *send)
{
    struct stream_buffer *stream = memory_new(sizeof *stream);

    socket->connected = false;
    socket->watcher.ready = on_ready;
    socket->stream = stream;
    socket->watcher.fd =
        stream && send->message.len <= EXCHANGE_QUERY_OCTETS ? open_connecting(send) : -1;
    if (socket->watcher.fd < 0) {
        upstream_failed(socket, stream && errno == ECONNREFUSED ? SEND_REFUSED : SEND_LOCAL);
        upstream_stream_free(socket);
        return;
    }
    stream->query[0] = (uint8_t)(send->message.len >> 8);
    stream->query[1] = (uint8_t)send->message.len;
    memcpy(stream->query + PREFIX_OCTETS, send->message.at, send->message.len);
    stream->query_len = PREFIX_OCTETS + send->message.len;
    if (loop_watch(upstream_loop(socket->upstream), &socket->watcher, EPOLLIN | EPOLLOUT) != ST_OK)
        upstream_failed(socket, SEND_LOCAL);
}
