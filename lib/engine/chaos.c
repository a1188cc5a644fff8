#include "lib/engine/chaos.h"

#include "lib/engine/reception.h"
#include "lib/wire/type.h"

enum { TO_QUESTION = POINTER_TAG << 8 | HEADER_OCTETS };

void chaos_answer(struct engine *engine, const struct query *query,
                  const struct client_question *question)
{
    const struct question *asked = &question->question;
    struct bytes text = identity_of(&engine->policy->identity, &asked->name);
    struct header header = { .flags = FLAG_QR | FLAG_RA, .counts = { 1, 1, 0, 0 } };
    struct rendered rendered = { .octets = engine->out, .size = MESSAGE_OCTETS_MAX };
    struct writer w;

    writer_init(&w, rendered.octets, rendered.size);
    header_write(&w, &header);
    question_write(&w, asked);
    rendered.question_end = (uint16_t)w.len;
    writer_u16(&w, TO_QUESTION);
    writer_u16(&w, TYPE_TXT);
    writer_u16(&w, CLASS_CH);
    writer_u32(&w, 0); /* who asks means this server, now: RFC 4892 §2 */
    writer_u16(&w, (uint16_t)(1 + text.len));
    writer_u8(&w, (uint8_t)text.len);
    writer_octets(&w, text);
    rendered.len = w.len;
    metrics_add(&engine->metrics->answers_local, 1);
    reception_send(engine, query, question, &rendered);
}
