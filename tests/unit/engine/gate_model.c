#include "tests/unit/engine/gate_model.h"

#include <openssl/core_names.h>
#include <string.h>
#include <strings.h>

enum {
    HEADER = 12,
    OPT = 11,
    COOKIE_OPTION = 28,
    KEEPALIVE_OPTION = 6,
    OPTION_HEAD = 4,
    IDLE_100_MS = 100, /* LIMITS F9: 10 s */
    OPTIONS_MOST = 32, /* LIMITS 0.1 */
    MESSAGE_MOST = 4096,
    ERRORS_A_SECOND = 100,
    ROOM = 1232,
    KPASSWD = 464
};
enum { QR = 0x8000, TC = 0x200, RD = 0x100, RA = 0x80, CD = 0x10, DO = 0x8000 };

static unsigned two(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* ---- reading ---- */

struct shape {
    bool asks, sound, opt, dnssec_ok, has_cookie, has_keepalive, has_nsid;
    size_t end; /* of header and question */
    unsigned type, class, version, size;
    const uint8_t *cookie;
    size_t cookie_octets;
};

/* RFC 1035 §3.1, §4.1.2: labels up to 63 octets, 255 in all; nothing is there to point to. */
static bool question_read(const uint8_t *message, size_t len, struct shape *shape)
{
    size_t at = HEADER, label;

    do {
        if (at >= len || message[at] > 63)
            return false;
        label = message[at];
        at += 1 + label;
        if (at - HEADER > 255)
            return false;
    } while (label > 0);
    if (at + 4 > len)
        return false;
    shape->type = two(message + at);
    shape->class = two(message + at + 2);
    shape->end = at + 4;
    return true;
}

/* RFC 6891 §7: one that is badly formed spoils the message. Of each the first is looked at. */
static bool option_is_good(unsigned code, const uint8_t *value, size_t octets, struct shape *shape)
{
    switch (code) {
    case 3: /* RFC 5001 §2.1: what a client puts there is not looked at */
        shape->has_nsid = true;
        return true;
    case 10: /* RFC 7873 §4, §5.2.2 */
        if (octets != 8 && (octets < 16 || octets > 40))
            return false;
        shape->has_cookie = true;
        shape->cookie = value;
        shape->cookie_octets = octets;
        return true;
    case 11: /* RFC 7828 §3.1 */ shape->has_keepalive = true; return octets == 0 || octets == 2;
    case 15: return octets >= 2; /* RFC 8914 §2 */
    default: return true;
    }
}

static bool options_read(const uint8_t *at, size_t len, struct shape *shape)
{
    bool seen[16] = { false };

    for (unsigned count = 1; len > 0; count++) {
        if (count > OPTIONS_MOST || len < 4 || 4 + two(at + 2) > len)
            return false;
        unsigned code = two(at), octets = two(at + 2);
        bool again = code < 16 && seen[code];
        if (!again && !option_is_good(code, at + 4, octets, shape))
            return false;
        if (code < 16)
            seen[code] = true;
        at += 4 + octets;
        len -= 4 + octets;
    }
    return true;
}

/* Returns where it ends; 0: no OPT can be read there (RFC 6891 §6.1.2). */
static size_t opt_read(const uint8_t *message, size_t len, struct shape *shape)
{
    const uint8_t *at = message + shape->end;
    size_t left = len - shape->end;

    if (left < OPT || at[0] != 0 || two(at + 1) != 41 || two(at + 9) > left - OPT)
        return 0;
    shape->size = two(at + 3) < 512 ? 512 : two(at + 3);
    shape->version = at[6];
    shape->dnssec_ok = (two(at + 7) & DO) != 0;
    if (shape->version == 0 && !options_read(at + OPT, two(at + 9), shape)) {
        shape->has_cookie = shape->has_nsid = shape->dnssec_ok = false;
        return 0;
    }
    shape->opt = true;
    return shape->end + OPT + two(at + 9);
}

static struct shape shape_of(const uint8_t *message, size_t len)
{
    struct shape shape = { .end = HEADER, .size = 512 };
    size_t end;

    if (two(message + 4) > 1)
        return shape;
    if (two(message + 4) == 1) {
        shape.asks = question_read(message, len, &shape);
        if (!shape.asks)
            return shape;
    }
    if (two(message + 6) != 0 || two(message + 8) != 0 || two(message + 10) > 1)
        return shape;
    end = two(message + 10) == 1 ? opt_read(message, len, &shape) : shape.end;
    shape.sound = end == len;
    return shape;
}

/* ---- cookies ---- */

void model_cookie(EVP_MAC *siphash, const uint8_t secret[16], const struct model_client *client,
                  const uint8_t first[16], uint8_t hash[8])
{
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(siphash);
    size_t size = 8;
    OSSL_PARAM params[] = { OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                            OSSL_PARAM_construct_end() };

    if (!context || !EVP_MAC_init(context, secret, 16, params) ||
        !EVP_MAC_update(context, first, 16) ||
        !EVP_MAC_update(context, client->address, client->address_octets) ||
        !EVP_MAC_final(context, hash, &size, 8))
        memset(hash, 0, 8);
    EVP_MAC_CTX_free(context);
}

/* RFC 9018 §4.3 and §5. Returns whether it is ours; `answer` gets the cookie that goes back. */
static bool cookie_is_ours(const struct model_world *world, const struct model_client *client,
                           const struct shape *shape, struct model_answer *answer)
{
    uint8_t hash[8];
    int made_by = -1;
    int32_t age = 0;

    memset(answer->cookie, 0, sizeof answer->cookie);
    memcpy(answer->cookie, shape->cookie, 8);
    if (shape->cookie_octets == 24 && shape->cookie[8] == 1) {
        age = (int32_t)(world->wall - (two(shape->cookie + 12) << 16 | two(shape->cookie + 14)));
        for (int i = 1; i >= 0; i--) {
            model_cookie(world->siphash, world->secrets[i], client, shape->cookie, hash);
            made_by = memcmp(hash, shape->cookie + 16, 8) == 0 ? i : made_by;
        }
    }
    if (made_by == 0 && age >= -300 && age <= 1800) {
        memcpy(answer->cookie, shape->cookie, 24);
        return true;
    }
    answer->cookie[8] = 1;
    for (int i = 0; i < 4; i++)
        answer->cookie[12 + i] = (uint8_t)(world->wall >> (24 - 8 * i));
    model_cookie(world->siphash, world->secrets[0], client, answer->cookie, answer->cookie + 16);
    return made_by >= 0 && age >= -300 && age <= 3600;
}

/* ---- judging ---- */

static void verdict_is(struct model_answer *answer, enum model_verdict verdict, unsigned rcode,
                       int ede)
{
    answer->verdict = verdict;
    answer->rcode = rcode;
    answer->ede = ede;
}

/* RFC 6895 §3.1: QTYPEs and meta types are 128 to 255; OPT, and 0, are none of data either. */
static bool is_meta(unsigned type)
{
    return type == 0 || type == 41 || (type >= 128 && type <= 254);
}

static bool is_unimplemented(unsigned type)
{
    return type == 249 || (type >= 251 && type <= 254);
}

/* RFC 4892 §2, §3. The names have letters alone, between labels of these lengths. */
static const char *told(const struct model_world *world, const uint8_t *message,
                        const struct shape *shape)
{
    const struct {
        const char *wire, *text;
        size_t octets;
    } names[] = {
        { "\2id\6server", world->name, 11 },
        { "\10hostname\4bind", world->name, 15 },
        { "\7version\6server", world->version, 16 },
        { "\7version\4bind", world->version, 14 },
    };

    for (unsigned i = 0; shape->class == 3 && shape->type == 16 && i < 4; i++)
        if (shape->end == HEADER + names[i].octets + 4 &&
            strncasecmp((const char *)message + HEADER, names[i].wire, names[i].octets) == 0)
            return names[i].text;
    return NULL;
}

static void judge_question(const struct model_world *world, const struct model_client *client,
                           const uint8_t *message, const struct shape *shape,
                           struct model_answer *answer)
{
    unsigned flags = two(message + 2);

    answer->told = told(world, message, shape);
    if (answer->told)
        verdict_is(answer, MODEL_TOLD, 0, -1);
    else if (shape->class != 1)
        verdict_is(answer, MODEL_NOT_IN, 5, 21);
    else if (is_meta(shape->type))
        verdict_is(answer, MODEL_META, is_unimplemented(shape->type) ? 4 : 1, 21);
    else if (shape->type == 255 && !answer->proven && (flags & RD || client->snoop)) /* LIMITS F7 */
        verdict_is(answer, MODEL_ANY, 0, -1);
    else if (!(flags & RD)) /* SPEC R10, LIMITS H7: nothing is known yet that might be shown */
        verdict_is(answer, MODEL_NO_RD, 5, 20);
    else
        verdict_is(answer, MODEL_TAKEN, 2, 0);
    answer->tc = answer->verdict == MODEL_ANY;
    if (answer->verdict == MODEL_NO_RD && client->snoop)
        answer->octets_max = ROOM; /* it may ask such things, and is told why not */
    if (answer->verdict == MODEL_TAKEN || answer->told)
        answer->octets_max = client->tcp || shape->size > ROOM ? ROOM : shape->size;
}

static void judge_sound(const struct model_world *world, const struct model_client *client,
                        const uint8_t *message, const struct shape *shape,
                        struct model_answer *answer)
{
    bool ours = false;

    answer->may_have_keepalive = client->tcp && shape->has_keepalive; /* RFC 7828 §3.2.1 */
    if (shape->has_cookie) {
        answer->may_have_cookie = true;
        ours = cookie_is_ours(world, client, shape, answer);
        answer->proven = answer->proven || ours;
    }
    if (shape->asks) {
        judge_question(world, client, message, shape, answer);
    } else if (!shape->has_cookie) {
        verdict_is(answer, MODEL_FORMERR, 1, -1);
    } else { /* RFC 7873 §5.4 */
        bool wrong = shape->cookie_octets > 8 && !ours;
        verdict_is(answer, wrong ? MODEL_BADCOOKIE : MODEL_COOKIE, wrong ? 23 : 0, -1);
        answer->octets_max = ROOM;
    }
}

/* LIMITS F6. */
static bool is_dropped(const struct model_client *client, const uint8_t *message, size_t len)
{
    static const unsigned services[] = { 0, 7, 13, 19, 37 };

    if (len < HEADER || len > MESSAGE_MOST || two(message + 2) & QR)
        return true;
    for (unsigned i = 0; i < 5; i++)
        if (!client->tcp && client->port == services[i])
            return true;
    return !client->tcp && client->our_door;
}

/* LIMITS F5: a second begins with the first error after the one before is over; strangers have one
 * of their own. */
static bool is_silent(struct model_world *world, const struct model_client *client,
                      const struct model_answer *answer)
{
    if (answer->rcode == 0)
        return false;
    if (!client->tcp && client->port == KPASSWD)
        return true;
    if (answer->verdict == MODEL_TAKEN || answer->verdict == MODEL_BADCOOKIE || answer->proven)
        return false;
    if (world->now_ms - world->second_began_ms[client->allowed] >= 1000) {
        world->second_began_ms[client->allowed] = world->now_ms;
        world->errors[client->allowed] = 0;
    }
    return ++world->errors[client->allowed] > ERRORS_A_SECOND;
}

void model_judge(struct model_world *world, const struct model_client *client,
                 const uint8_t *message, size_t len, struct model_answer *answer)
{
    struct shape shape;

    *answer = (struct model_answer){ .verdict = MODEL_DROPPED };
    if (is_dropped(client, message, len))
        return;
    shape = shape_of(message, len);
    answer->fixed = shape.asks ? shape.end : HEADER;
    answer->octets_max = len;
    answer->has_opt = shape.opt;
    answer->dnssec_ok = shape.dnssec_ok;
    answer->nsid = shape.has_nsid ? world->nsid : NULL;
    answer->proven = client->tcp;
    if (!client->allowed)
        verdict_is(answer, MODEL_STRANGER, 5, 18);
    else if (two(message + 2) >> 11 & 15)
        verdict_is(answer, MODEL_NOTIMP, 4, 21);
    else if (!shape.sound)
        verdict_is(answer, MODEL_FORMERR, 1, -1);
    else if (shape.version > 0)
        verdict_is(answer, MODEL_BADVERS, 16, -1);
    else
        judge_sound(world, client, message, &shape, answer);
    if (is_silent(world, client, answer))
        answer->verdict = MODEL_SILENT;
}

/* ---- comparing ---- */

/* The rest of an option; NULL: it is not there, or not of this code. */
static const uint8_t *option_at(const uint8_t *at, const uint8_t *end, unsigned code)
{
    if (end - at < 4 || two(at) != code || end - at - 4 < (long)two(at + 2))
        return NULL;
    return at + 4;
}

/* RFC 1035 §4.1.3, §3.3.14: the question's name, TXT, CH, TTL 0, one string. */
static size_t told_write(const char *text, uint8_t *record)
{
    const uint8_t head[] = { 0xC0, HEADER, 0, 16, 0, 3, 0, 0, 0, 0, 0 };
    size_t octets = strlen(text);

    memcpy(record, head, sizeof head);
    record[sizeof head] = (uint8_t)(octets + 1);
    record[sizeof head + 1] = (uint8_t)octets;
    memcpy(record + sizeof head + 2, text, octets);
    return sizeof head + 2 + octets;
}

static const char *compare_opt(const struct model_answer *answer, size_t left, const uint8_t *at,
                               const uint8_t *end)
{
    const uint8_t head[] = {
        0, 0, 41, 4, 0xD0, (uint8_t)(answer->rcode >> 4), 0, answer->dnssec_ok ? 0x80 : 0, 0
    };

    if (end - at < OPT || memcmp(at, head, sizeof head) != 0 || two(at + 9) != end - at - OPT)
        return "the OPT";
    at += OPT;
    left -= OPT;
    if (answer->may_have_cookie && left >= COOKIE_OPTION) {
        const uint8_t *cookie = option_at(at, end, 10);
        if (!cookie || two(at + 2) != 24 || memcmp(cookie, answer->cookie, 24) != 0)
            return "the cookie";
        at += COOKIE_OPTION;
        left -= COOKIE_OPTION;
    }
    if (answer->may_have_keepalive && left >= KEEPALIVE_OPTION) {
        const uint8_t *keepalive = option_at(at, end, 11);
        if (!keepalive || two(at + 2) != 2 || two(keepalive) != IDLE_100_MS)
            return "the keepalive";
        at += KEEPALIVE_OPTION;
        left -= KEEPALIVE_OPTION;
    }
    if (answer->nsid && left >= OPTION_HEAD + strlen(answer->nsid)) {
        const uint8_t *nsid = option_at(at, end, 3);
        size_t octets = strlen(answer->nsid);
        if (!nsid || two(at + 2) != octets || memcmp(nsid, answer->nsid, octets) != 0)
            return "the NSID";
        at = nsid + octets;
        left -= OPTION_HEAD + octets;
    }
    if (answer->ede >= 0 && left >= 6) {
        const uint8_t *ede = option_at(at, end, 15);
        if (!ede || two(at + 2) < 2 || two(ede) != (unsigned)answer->ede)
            return "the EDE";
        at = ede + two(at + 2);
    }
    return at == end ? NULL : "something more in the OPT";
}

const char *model_compare(const struct model_answer *answer, const uint8_t *message,
                          const uint8_t *sent, size_t sent_len)
{
    const unsigned copied = 15 << 11 | RD | CD; /* RFC 1035 §4.1.1, RFC 4035 §3.2.2 */
    unsigned flags =
        QR | RA | (two(message + 2) & copied) | (answer->tc ? TC : 0u) | (answer->rcode & 15);
    const uint8_t counts[] = { 0, answer->fixed > HEADER, 0, answer->told != NULL, 0, 0,
                               0, answer->has_opt };
    uint8_t record[512];
    size_t body = answer->fixed;

    if (sent_len < answer->fixed || sent_len > answer->octets_max)
        return "the length";
    if (two(sent) != two(message) || two(sent + 2) != flags)
        return "id or flags";
    if (memcmp(sent + 4, counts, sizeof counts) != 0)
        return "the counts";
    if (memcmp(sent + HEADER, message + HEADER, answer->fixed - HEADER) != 0)
        return "the question";
    if (answer->told) {
        size_t octets = told_write(answer->told, record);
        body += octets;
        if (sent_len < body || memcmp(sent + answer->fixed, record, octets) != 0)
            return "what is told";
    }
    if (answer->has_opt)
        return compare_opt(answer, answer->octets_max - body, sent + body, sent + sent_len);
    return sent_len == body ? NULL : "something after the question";
}
