/* catena query - one question, walked from the root by the daemon's own engine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/pool.h"
#include "lib/base/memory.h"
#include "lib/net/loop.h"
#include "lib/wire/message.h"
#include "lib/wire/type.h"
#include "resolver/cli/kept.h"
#include "resolver/cli/show.h"
#include "resolver/hosts_file.h"

static const char usage[] =
    "usage: catena query [-c FILE] [-o KEY=VALUE ...] [--cd] [--trace] [--json] NAME [TYPE]\n\n"
    "Walks from the root to the answer, proves it, and prints it with the reason. The trust\n"
    "anchors are those that `serve` has in its state directory, where that can be read.\n"
    "  --cd     prints what the servers say without validating it\n"
    "  --trace  prints the way there too: who was asked and said what, and each link of the\n"
    "           chain of trust, proven or where it broke\n"
    "  --json   prints one JSON object\n"
    "  TYPE     A by default; also AAAA, MX, TLSA, TYPE65 ...\n"
    "Exit code: 0 secure, 1 insecure, 2 bogus, 3 failed, 64 wrong use, 78 wrong configuration.\n";

enum { MESSAGE_ID = 0x4343 };

struct asking {
    struct loop *loop;
    struct pool *pool;
    const struct question *question;
    bool checking_disabled, trace, json, answered;
    int code;
    struct metrics metrics;
};

/* ---- asking ---- */

static int exit_code(const struct asking *asking, const struct answer *answer)
{
    switch ((enum security)answer->verdict) {
    case SEC_SECURE: return EXIT_SECURE;
    case SEC_INSECURE:
    case SEC_INDETERMINATE: return EXIT_INSECURE;
    case SEC_BOGUS: return EXIT_BOGUS;
    case SEC_UNCHECKED: break;
    }
    return asking->checking_disabled && answer->cause.why == WHY_NOT_VALIDATED ? EXIT_INSECURE
                                                                               : EXIT_FAILED;
}

/* What the answer lends is gone with the next event: it is printed here. */
static void on_answer(void *context, const struct answer *answer)
{
    struct asking *asking = context;
    struct show show = { asking->question, answer, &asking->metrics, asking->pool,
                         asking->checking_disabled };

    asking->answered = true;
    asking->code = exit_code(asking, answer);
    if (asking->json)
        show_json(&show);
    else
        show_text(&show);
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
            .trail = asking->trace,
        },
    };
    event.query.message =
        (struct bytes){ message, write_question(asking, question, message, sizeof message) };
    loop_event(asking->loop, &event);
    while (!asking->answered)
        loop_once(asking->loop);
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
        asking->pool = parts->pool;
        asking->question = question;
        asking->code = EXIT_FAILED;
        ask(asking, question, room);
        code = asking->code;
    } else {
        fprintf(stderr, "catena: out of memory\n");
    }
    loop_destroy(asking->loop);
    engine_destroy(engine);
    keyring_destroy(keyring);
    memory_free(room);
    return code;
}

/* ---- arguments ---- */

static int take_option(void *context, int argc, char **argv)
{
    struct asking *asking = context;
    const struct {
        const char *word;
        bool *wanted;
    } options[] = {
        { "--cd", &asking->checking_disabled },
        { "--trace", &asking->trace },
        { "--json", &asking->json },
    };

    (void)argc;
    for (unsigned i = 0; i < sizeof options / sizeof *options; i++)
        if (strcmp(argv[0], options[i].word) == 0) {
            *options[i].wanted = true;
            return 1;
        }
    return 0;
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
    struct cli_arguments arguments = { usage, take_option, asking, EXIT_UNAVAILABLE };
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
            hosts_file_read(parts.policy, options);
            if (kept_take_anchors(options, &parts) == ST_OK)
                code = resolve(asking, &question, &parts);
            else
                fprintf(stderr, "catena: out of memory\n");
            cli_parts_destroy(&parts);
        }
    }
    options_destroy(options);
    memory_free(asking);
    return code;
}
