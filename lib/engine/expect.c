#include "lib/engine/expect.h"

#include "lib/engine/state.h"
#include "lib/wire/reader.h"

enum { DO = 0x8000 /* RFC 3225 §3 */ };

/* As the gate reads what is lawful; what is not comes to no answer from the cache anyway. */
static bool dnssec_ok(struct reader *r, const struct header *header)
{
    if (header->counts[3] != 1)
        return false;
    (void)reader_take(r, 1 + 2 + 2); /* root, OPT, size: RFC 6891 §6.1.2 */
    return (reader_u32(r) & DO) != 0;
}

uint64_t engine_expect(const struct engine *engine, struct bytes message)
{
    struct reader r = reader_over(message);
    struct header header;
    struct name name;
    struct answer_key key = { .name = &name };

    if (!header_read(message, &header) || header.flags & FLAG_QR || header.counts[0] != 1)
        return 0;
    (void)reader_take(&r, HEADER_OCTETS);
    reader_plain_name(&r, &name);
    key.type = reader_u16(&r);
    (void)reader_u16(&r); /* class */
    key.flags = header.flags & FLAG_CD ? ANSWER_CD : 0;
    if (dnssec_ok(&r, &header))
        key.flags |= ANSWER_DO;
    return r.failed ? 0 : answer_cache_expect(engine->caches->answers, &key);
}

void engine_expect_entry(const struct engine *engine, uint64_t expected)
{
    answer_cache_expect_entry(engine->caches->answers, expected);
}
