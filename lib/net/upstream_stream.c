#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/engine/exchange.h"
#include "lib/net/upstream.h"

enum { PREFIX_OCTETS = 2 /* RFC 1035 §4.2.2 */ };

/* One question out, one answer in; the answer's room grows to the length it announces. */
struct stream_buffer {
    uint8_t query[PREFIX_OCTETS + EXCHANGE_QUERY_OCTETS];
    size_t query_len, sent;
    uint8_t prefix[PREFIX_OCTETS];
    size_t got;           /* prefix included */
    uint8_t *answer;
    size_t answer_len;
};

void upstream_stream_free(struct upstream_socket *socket)
{
    if (!socket->stream)
        return;
    memory_free(socket->stream->answer);
    memory_free(socket->stream);
    socket->stream = NULL;
}

static void fail(struct upstream_socket *socket, enum send_failure failure)
{
    upstream_failed(socket, failure);
    while (upstream_tell_failures(socket->upstream)) {
    }
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

/* The next octets wanted: the rest of the prefix, then the rest of the answer. */
static enum status read_some(struct upstream_socket *socket)
{
    struct stream_buffer *stream = socket->stream;
    bool in_prefix = stream->got < PREFIX_OCTETS;
    uint8_t *into = in_prefix ? stream->prefix + stream->got
                              : stream->answer + (stream->got - PREFIX_OCTETS);
    size_t want = in_prefix ? PREFIX_OCTETS - stream->got
                            : stream->answer_len - (stream->got - PREFIX_OCTETS);
    ssize_t got = recv(socket->watcher.fd, into, want, MSG_DONTWAIT);

    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? ST_BUSY : ST_IO;
    if (got == 0)
        return ST_IO;
    stream->got += (size_t)got;
    if (in_prefix && stream->got == PREFIX_OCTETS) {
        stream->answer_len = (size_t)stream->prefix[0] << 8 | stream->prefix[1];
        stream->answer = stream->answer_len ? memory_new(stream->answer_len) : NULL;
        if (!stream->answer)
            return ST_IO;
    }
    return stream->answer && stream->got == PREFIX_OCTETS + stream->answer_len ? ST_OK : ST_NOTFOUND;
}

static void read_all(struct upstream_socket *socket)
{
    enum status status;
    do {
        status = read_some(socket);
    } while (status == ST_NOTFOUND);
    if (status == ST_BUSY)
        return;
    if (status != ST_OK) {
        fail(socket, errno == ECONNRESET ? SEND_REFUSED : SEND_LOST);
        return;
    }
    /* The buffer outlives the event, though the engine closes this number in it. */
    uint8_t *answer = socket->stream->answer;
    struct event event = {
        .kind = EVENT_REPLY,
        .reply = { .socket = socket->number, .message = { answer, socket->stream->answer_len } },
    };
    socket->stream->answer = NULL;
    loop_event(upstream_loop(socket->upstream), &event);
    memory_free(answer);
}

static bool finish_connect(struct upstream_socket *socket)
{
    int error = 0;
    socklen_t len = sizeof error;

    if (socket->connected)
        return true;
    if (getsockopt(socket->watcher.fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0) {
        fail(socket, upstream_class_of(error) == SEND_LOCAL ? SEND_LOCAL : SEND_REFUSED);
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
    socket->watcher.fd = stream && send->message.len <= EXCHANGE_QUERY_OCTETS ? open_connecting(send) : -1;
    if (socket->watcher.fd < 0) {
        upstream_failed(socket, stream ? upstream_class_of(errno) : SEND_LOCAL);
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
