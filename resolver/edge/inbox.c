#include "resolver/edge/inbox.h"

static size_t length_at(const struct buffer *in, size_t at)
{
    return (size_t)in->at[at] << 8 | in->at[at + 1];
}

enum inbox_state inbox_look(const struct buffer *in, size_t at, struct bytes *message)
{
    if (in->len - at < PREFIX_OCTETS)
        return INBOX_PART;
    size_t len = length_at(in, at);
    if (len > CLIENT_QUERY_OCTETS_MAX)
        return INBOX_TOO_LONG;
    if (in->len - at - PREFIX_OCTETS < len)
        return INBOX_PART;
    *message = (struct bytes){ in->at + at + PREFIX_OCTETS, len };
    return INBOX_WHOLE;
}

size_t inbox_needed(const struct buffer *in)
{
    return PREFIX_OCTETS + (in->len >= PREFIX_OCTETS ? length_at(in, 0) : 0);
}
