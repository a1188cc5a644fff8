#include "lib/engine/gate.h"

#include "lib/base/limits.h"
#include "lib/wire/reader.h"
#include "lib/base/log.h"
#include "lib/wire/type.h"

enum { UDP_OCTETS_PLAIN = 512 /* RFC 1035 §4.2.1 */ };
enum { KEEPALIVE_MS = 100 /* RFC 7828 §3.1 */ };
enum { KPASSWD_PORT = 464 /* answers an error with one: LIMITS F6 */ };
enum { TYPE_MAILB = 253, TYPE_MAILA = 254 }; /* RFC 1035 §3.2.3 */

static const struct gate_judgement take = { GATE_TAKE, RCODE_NOERROR, WHY_NONE };
static const struct gate_judgement drop = { GATE_DROP, RCODE_NOERROR, WHY_NONE };

static struct gate_judgement refuse(enum rcode rcode, enum why why)
{
    return (struct gate_judgement){ GATE_REFUSE, (uint16_t)rcode, why };
}

/* ---- reading: as far as it goes, so that even a refusal carries the question ---- */

static bool question_read(struct reader *r, struct question *question)
{
    struct question read;

    reader_plain_name(r, &read.name); /* there is nothing yet that a pointer could point to */
    read.type = reader_u16(r);
    read.class = reader_u16(r);
    if (!r->failed)
        *question = read;
    return !r->failed;
}

/* RFC 6891 §6.1.2: the root, OPT, their size, flags, length. Nothing else may stand there. */
static bool opt_read(struct reader *r, struct edns *edns)
{
    uint8_t root = reader_u8(r);
    uint16_t type = reader_u16(r), udp_octets = reader_u16(r);
    uint32_t ttl = reader_u32(r);
    struct reader options = reader_part(r, reader_u16(r));

    return !r->failed && root == 0 && type == TYPE_OPT &&
           edns_read(&options, udp_octets, ttl, EDNS_OF_QUERY, edns) == ST_OK;
}

/* LIMITS F8: one question, no answer, no authority, at most an OPT, and no octet more. A message
 * that asks for a cookie has no question (RFC 7873 §5.4). */
static bool message_read(struct bytes message, struct client_question *question)
{
    const uint16_t *counts = question->header.counts;
    struct reader r = reader_over(message);

    (void)reader_take(&r, HEADER_OCTETS);
    if (counts[0] > 1 || (counts[0] == 1 && !question_read(&r, &question->question)))
        return false;
    if (counts[1] != 0 || counts[2] != 0 || counts[3] > 1)
        return false;
    if (counts[3] == 1 && !opt_read(&r, &question->edns))
        return false;
    return reader_left(&r) == 0;
}

static uint16_t octets_for(enum transport via, const struct edns *edns)
{
    if (via == VIA_TCP)
        return MESSAGE_OCTETS_MAX;
    if (!edns->present)
        return UDP_OCTETS_PLAIN;
    return edns->udp_octets < EDNS_UDP_OCTETS ? edns->udp_octets : EDNS_UDP_OCTETS;
}

/* ---- who asks ---- */

static bool is_ours(const struct policy *policy, const struct endpoint *from)
{
    for (unsigned i = 0; i < policy->own_count; i++)
        if (policy->own[i].port == from->port && endpoint_equal(&policy->own[i], from))
            return true;
    return false;
}

/* LIMITS F6: echo, daytime, chargen and time answer whatever comes, and so would we. Such
 * a source is forged, or a loop; over TCP it is neither. */
static bool answers_anything(const struct query *query, const struct policy *policy)
{
    if (query->via != VIA_UDP)
        return false;
    switch (query->from.port) {
    case 0:
    case 7:
    case 13:
    case 19:
    case 37: return true;
    default: return is_ours(policy, &query->from);
    }
}

/* RFC 7873 §5.2: the cookie that goes back, and what the one that came is worth. */
static void prove(const struct query *query, const struct policy *policy, struct unixtime wall,
                  struct client_question *question)
{
    struct cookie_shown shown = { question->edns.cookie, &query->from, wall };

    if (!policy->cookies || policy->cookie_secrets.count == 0 || !question->edns.has_cookie)
        return;
    question->shown = SHOWN_COOKIE;
    if (!cookie_answer(&policy->cookie_secrets, &shown, question->cookie))
        return;
    question->shown = SHOWN_OURS;
    question->proven = true;
}

/* RFC 5001 §2.2: to those who ask for it, whatever the reply says. */
void gate_set_nsid(struct client_question *question, const struct policy *policy)
{
    question->nsid = question->edns.has_nsid ? identity_bytes(&policy->identity.nsid)
                                             : (struct bytes){ NULL, 0 };
}

/* ---- judging ---- */

/* RFC 7873 §5.4: no error for one who has none of ours yet. */
static struct gate_judgement judge_empty(const struct client_question *question)
{
    bool first = question->edns.cookie.len == COOKIE_CLIENT_OCTETS;
    enum rcode rcode = first || question->shown == SHOWN_OURS ? RCODE_NOERROR : RCODE_BADCOOKIE;

    if (question->shown == SHOWN_NONE)
        return refuse(RCODE_FORMERR, WHY_NONE);
    return (struct gate_judgement){ GATE_COOKIE, (uint16_t)rcode, WHY_NONE };
}

/* RFC 6895 §3.1. Transfers, keys and the old questions for mail are kinds of question that are
 * not implemented; the others are no question at all (RFC 9824 §3.4 for NXNAME). */
static struct gate_judgement judge_meta(uint16_t type)
{
    switch (type) {
    case TYPE_AXFR:
    case TYPE_IXFR:
    case TYPE_TKEY:
    case TYPE_MAILA:
    case TYPE_MAILB: return refuse(RCODE_NOTIMP, WHY_NOT_SUPPORTED);
    default: return refuse(RCODE_FORMERR, WHY_NOT_SUPPORTED);
    }
}

/* LIMITS H7, RULINGS A41: only what is written is told. Like all that is said here and is no secret
 * of the cache it needs no RD. */
static struct gate_judgement judge_class(const struct policy *policy,
                                         const struct question *question)
{
    if (question->class == CLASS_CH && question->type == TYPE_TXT &&
        identity_of(&policy->identity, &question->name).len > 0)
        return (struct gate_judgement){ GATE_TELL, RCODE_NOERROR, WHY_NONE };
    return refuse(RCODE_REFUSED, WHY_NOT_SUPPORTED);
}

static struct gate_judgement judge_question(const struct query *query, const struct policy *policy,
                                            const struct client_question *question)
{
    uint16_t type = question->question.type;

    if (question->question.class != CLASS_IN)
        return judge_class(policy, &question->question);
    if (type_is_meta(type) && type != TYPE_ANY)
        return judge_meta(type);
    if (!(question->header.flags & FLAG_RD) && !acl_holds(&policy->snoop, &query->from))
        return refuse(RCODE_REFUSED, WHY_NOT_RECURSIVE);
    if (type == TYPE_ANY && !question->proven) /* RULINGS A40 */
        return (struct gate_judgement){ GATE_TC, RCODE_NOERROR, WHY_NONE };
    return take;
}

static struct gate_judgement judge(const struct query *query, const struct policy *policy,
                                   struct unixtime wall, struct client_question *question)
{
    bool sound = message_read(query->message, question);

    question->udp_octets = octets_for(query->via, &question->edns);
    gate_set_nsid(question, policy);
    if (!acl_holds(&policy->allow, &query->from))
        return refuse(RCODE_REFUSED, WHY_NOT_ALLOWED);
    if (header_opcode(&question->header) != OPCODE_QUERY)
        return refuse(RCODE_NOTIMP, WHY_NOT_SUPPORTED);
    if (!sound)
        return refuse(RCODE_FORMERR, WHY_NONE);
    if (question->edns.version > 0) /* RFC 6891 §6.1.3 */
        return refuse(RCODE_BADVERS, WHY_NONE);
    prove(query, policy, wall, question);
    if (query->via == VIA_TCP && question->edns.has_keepalive) /* RFC 7828 §3.2.1: TCP alone */
        question->keepalive = (uint16_t)(query->idle_ms / KEEPALIVE_MS);
    if (question->header.counts[0] == 0)
        return judge_empty(question);
    return judge_question(query, policy, question);
}

struct gate_judgement gate_judge(const struct query *query, const struct policy *policy,
                                 struct unixtime wall, struct client_question *question)
{
    *question = (struct client_question){
        .octets = query->message.len,
        .proven = query->via == VIA_TCP,
        .errorless = query->via == VIA_UDP && query->from.port == KPASSWD_PORT,
    };
    if (query->message.len > CLIENT_QUERY_OCTETS_MAX || answers_anything(query, policy) ||
        !header_read(query->message, &question->header) || question->header.flags & FLAG_QR)
        return drop;
    return judge(query, policy, wall, question);
}

void gate_log(const struct query *query, const struct client_question *question)
{
    char name[LOG_NAME], type[TYPE_TEXT], from[ENDPOINT_TEXT];

    if (question->question.name.len == 0)
        return;
    log_line(LOG_INFO, "query %s %s from %s over %s",
             name_text(&question->question.name, name, sizeof name),
             type_text(question->question.type, type), endpoint_text(&query->from, from),
             query->via == VIA_UDP ? "UDP" : "TCP");
}
