/* catena query - one question, walked from the root by the daemon's own engine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/pool.h"
#include "lib/base/memory.h"
#include "lib/net/loop.h"
#include "lib/wire/message.h"
#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "resolver/cli/cli.h"

static const char usage[] =
    "usage: catena query [-c FILE] [-o KEY=VALUE ...] [--cd] NAME [TYPE]\n\n"
    "Walks from the root to the answer, proves it, and prints it with the reason.\n"
    "  --cd     prints what the servers say without validating it\n"
    "  TYPE     A by default; also AAAA, MX, TLSA, TYPE65 ...\n"
    "Exit code: 0 secure, 1 insecure, 2 bogus, 3 failed, 64 wrong use, 78 wrong configuration.\n";

enum { MESSAGE_ID = 0x4343, PRINT_OCTETS = 256 * 1024 };

struct asking {
    struct loop *loop;
    bool checking_disabled, answered;
    uint8_t *copy; /* of the answer, owned */
    struct bytes answer;
    uint8_t verdict;
    struct cause cause;
    struct metrics metrics;
};

/* ---- asking ---- */

static void on_answer(void *context, const struct answer *answer)
{
    struct asking *asking = context;
    uint8_t *copy = memory_new(answer->message.len);

    asking->answered = true;
    asking->verdict = answer->verdict;
    asking->cause = answer->cause;
    if (copy)
        memcpy(copy, answer->message.at, answer->message.len);
    asking->copy = copy;
    asking->answer = (struct bytes){ copy, copy ? answer->message.len : 0 };
    loop_stop(asking->loop);
}

static void on_drop(void *context, uint64_t client)
{
    struct asking *asking = context;
    (void)client;
    asking->answered = true;
    loop_stop(asking->loop);
}

static size_t write_question(const struct asking *asking, const struct question *question,
                             uint8_t *room, size_t size)
{
    struct writer w;
    struct header header = {
        .id = MESSAGE_ID,
        .flags = (uint16_t)(FLAG_RD | (asking->checking_disabled ? FLAG_CD : 0)),
        .counts = { 1, 0, 0, 1 },
    };
    struct edns_out edns = { .udp_octets = EDNS_UDP_OCTETS, .dnssec_ok = true };

    writer_init(&w, room, size);
    header_write(&w, &header);
    question_write(&w, question);
    (void)edns_write(&w, &edns);
    return w.len;
}

static void ask(struct asking *asking, const struct question *question, uint8_t *room)
{
    uint8_t message[512];
    static const uint8_t loopback[4] = { 127, 0, 0, 1 };
    struct event event = {
        .kind = EVENT_QUERY,
        .query = {
            .client = 1,
            .from = endpoint_v4(loopback, 53053),
            .via = VIA_TCP,
            .room = { room, MESSAGE_OCTETS_MAX },
        },
    };
    event.query.message =
        (struct bytes){ message, write_question(asking, question, message, sizeof message) };
    loop_event(asking->loop, &event);
    while (!asking->answered)
        loop_once(asking->loop);
}

/* ---- printing, in dig's form ---- */

static const char *rcode_text(unsigned rcode)
{
    static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                         "NOTIMP",  "REFUSED", "YXDOMAIN" };
    return rcode < sizeof names / sizeof *names ? names[rcode] : "another";
}

static void print_record(const struct message *message, const struct record *record)
{
    static char rdata[PRINT_OCTETS];
    static uint8_t plain[MESSAGE_OCTETS_MAX];
    char owner[NAME_TEXT], type[TYPE_TEXT];
    struct reader r = reader_over(message->octets);
    struct writer w;

    (void)reader_take(&r, record->rdata_at);
    struct reader part = reader_part(&r, record->rdata_len);
    writer_init(&w, plain, sizeof plain);
    if (rdata_read(&part, record->type, &w) != ST_OK)
        return;
    printf("%s\t%u\tIN\t%s\t%s\n", name_text(record->owner, owner, sizeof owner), record->ttl,
           type_text(record->type, type),
           text_rdata(record->type, (struct bytes){ plain, w.len }, rdata, sizeof rdata));
}

static void print_section(const struct message *message, enum section section, const char *title)
{
    if (message->first[section] == message->first[section + 1])
        return;
    printf("\n;; %s SECTION:\n", title);
    for (unsigned i = message->first[section]; i < message->first[section + 1]; i++)
        print_record(message, &message->records[i]);
}

static void print_message(const struct bytes octets, struct pool *pool)
{
    struct arena *arena = arena_create(pool, 1024 * 1024);
    struct message message;
    char name[NAME_TEXT], type[TYPE_TEXT];

    if (!arena || message_parse(octets, arena, &message) != ST_OK) {
        fprintf(stderr, "catena: the answer cannot be read back\n");
        arena_destroy(arena);
        return;
    }
    printf(";; status: %s%s%s\n", rcode_text(message_rcode(&message)),
           message.header.flags & FLAG_AD ? ", ad" : "",
           message.header.flags & FLAG_CD ? ", cd" : "");
    printf(";; QUESTION: %s IN %s\n", name_text(&message.question.name, name, sizeof name),
           type_text(message.question.type, type));
    print_section(&message, SECTION_ANSWER, "ANSWER");
    print_section(&message, SECTION_AUTHORITY, "AUTHORITY");
    arena_destroy(arena);
}

/* ---- the verdict ---- */

static int print_verdict(const struct asking *asking)
{
    static const struct {
        const char *word;
        int code;
    } verdicts[] = {
        [SEC_UNCHECKED] = { "failed", EXIT_FAILED },
        [SEC_BOGUS] = { "bogus", EXIT_BOGUS },
        [SEC_INDETERMINATE] = { "insecure", EXIT_INSECURE },
        [SEC_INSECURE] = { "insecure", EXIT_INSECURE },
        [SEC_SECURE] = { "secure", EXIT_SECURE },
    };
    char why[2 * CAUSE_OCTETS];
    bool unchecked = asking->verdict == SEC_UNCHECKED && asking->checking_disabled &&
                     asking->cause.why == WHY_NOT_VALIDATED;

    if (unchecked) {
        printf("\n;; not validated: --cd asked for what the servers say\n");
        return EXIT_INSECURE;
    }
    printf("\n;; %s: %s\n", verdicts[asking->verdict].word,
           cause_text(&asking->cause, why, sizeof why));
    return verdicts[asking->verdict].code;
}

static int resolve(struct asking *asking, const struct question *question, struct parts *parts)
{
    struct keyring *keyring = keyring_create(parts->crypto, KEYRING_KEYS);
    struct loop_clients clients = { on_answer, on_drop, NULL, asking };
    struct engine_setup setup = {
        .policy = parts->policy,
        .caches = parts->caches,
        .keyring = keyring,
        .pool = parts->pool,
        .metrics = &asking->metrics,
        .clock_floor = parts->clock_floor,
    };
    struct engine *engine =
        keyring && prng_seed_os(&setup.prng) == ST_OK ? engine_create(&setup) : NULL;
    uint8_t *room = memory_new(MESSAGE_OCTETS_MAX);
    int code = EXIT_UNAVAILABLE;

    asking->loop = engine && room ? loop_create(engine, &clients) : NULL;
    if (asking->loop) {
        ask(asking, question, room);
        if (asking->answer.at)
            print_message(asking->answer, parts->pool);
        code = print_verdict(asking);
        printf(";; %llu questions in %llu packets to servers\n",
               (unsigned long long)asking->metrics.upstream_questions,
               (unsigned long long)asking->metrics.upstream_packets);
    } else {
        fprintf(stderr, "catena: out of memory\n");
    }
    loop_destroy(asking->loop);
    engine_destroy(engine);
    keyring_destroy(keyring);
    memory_free(room);
    memory_free(asking->copy);
    return code;
}

/* ---- arguments ---- */

static int take_cd(void *context, int argc, char **argv)
{
    struct asking *asking = context;
    (void)argc;
    if (strcmp(argv[0], "--cd") != 0)
        return 0;
    asking->checking_disabled = true;
    return 1;
}

static bool read_question(int argc, char **argv, struct question *question)
{
    *question = (struct question){ .type = TYPE_A, .class = CLASS_IN };
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "catena: query wants a name, and a type if it is not A\n%s", usage);
        return false;
    }
    if (name_from_text(argv[1], &question->name) != ST_OK) {
        fprintf(stderr, "catena: \"%s\" is no domain name: labels of 1 to 63 octets, 255 in all\n",
                argv[1]);
        return false;
    }
    if (argc == 3 && !type_from_text(argv[2], &question->type)) {
        fprintf(stderr, "catena: \"%s\" is no type: a mnemonic such as AAAA, or TYPE65\n", argv[2]);
        return false;
    }
    return true;
}

int cli_query(int argc, char **argv)
{
    struct asking *asking = memory_new(sizeof *asking);
    struct cli_arguments arguments = { usage, take_cd, asking, EXIT_UNAVAILABLE };
    struct options *options = asking ? cli_options(&arguments, &argc, argv) : NULL;
    struct question question;
    struct parts parts;
    int code = options ? EXIT_USAGE : arguments.code;

    if (options && read_question(argc, argv, &question)) {
        code = EXIT_UNAVAILABLE;
        options->policy->priming = false; /* one question: nothing is asked beside it */
        options->policy->log_queries = false;
        log_level_set(LOG_WARNING);
        if (cli_parts(options, 1, &parts) == ST_OK) {
            code = resolve(asking, &question, &parts);
            cli_parts_destroy(&parts);
        }
    }
    options_destroy(options);
    memory_free(asking);
    return code;
}
