/* script - a scenario as read: a head, canned replies by step and address, and the steps.
 *
 * Shape    CONFIG ... CONFIG_END, SCENARIO_BEGIN title, RANGE_BEGIN first last .. RANGE_END and
 *          STEP number KIND ..., SCENARIO_END; an ENTRY is a message with how it is matched and
 *          adjusted. Beside the format that resolver projects share there are words of our own:
 *          KEY, ANCHOR, HINT in the head, @dnskey, @ds, @sign, @nsec3 in sections (keys.h),
 *          INCLUDE anywhere.
 * Owns     nothing: everything is in the arena it was read into.
 * Errors   the flaw of its lines.
 */
#ifndef CATENA_TESTS_SCENARIO_SCRIPT_H
#define CATENA_TESTS_SCENARIO_SCRIPT_H

#include "lib/base/endpoint.h"
#include "lib/wire/message.h"
#include "lib/wire/text.h"
#include "tests/scenario/player/lines.h"

enum match {
    MATCH_OPCODE = 1 << 0,
    MATCH_QTYPE = 1 << 1,
    MATCH_QNAME = 1 << 2,
    MATCH_QCASE = 1 << 3,
    MATCH_SUBDOMAIN = 1 << 4,
    MATCH_RCODE = 1 << 5,
    MATCH_QUESTION = 1 << 6,
    MATCH_ANSWER = 1 << 7,
    MATCH_AUTHORITY = 1 << 8,
    MATCH_ADDITIONAL = 1 << 9,
    MATCH_FLAGS = 1 << 10,
    MATCH_TTL = 1 << 11,
    MATCH_DO = 1 << 12,
    MATCH_NOEDNS = 1 << 13,
    MATCH_CD = 1 << 14,
    MATCH_AD = 1 << 15,
    MATCH_UDP = 1 << 16,
    MATCH_TCP = 1 << 17,
    MATCH_SERIAL = 1 << 18,
    MATCH_CLIENT_COOKIE = 1 << 19,
    MATCH_SERVER_COOKIE = 1 << 20,
    MATCH_EDNSDATA = 1 << 21,
    MATCH_EDE = 1 << 22,
    MATCH_EDE_ANY = 1 << 23,
    MATCH_EDNS = 1 << 24, /* a DO bit that is expected must be there */
    MATCH_ALL_NOEDNS = MATCH_OPCODE | MATCH_RCODE | MATCH_FLAGS | MATCH_QUESTION | MATCH_ANSWER |
                       MATCH_AUTHORITY | MATCH_ADDITIONAL,
    MATCH_ALL = MATCH_ALL_NOEDNS | MATCH_EDNS
};

enum adjust {
    ADJUST_COPY_ID = 1,
    ADJUST_COPY_QUERY = 2,
    ADJUST_COPY_SUBNET = 4,
    ADJUST_INCREMENT_SCOPE = 8,
    ADJUST_SERVER_COOKIE = 16,
    ADJUST_NO_ANSWER = 32, /* nothing is sent */
    ADJUST_COPY_EDNS = 64  /* an OPT and DO as in the question */
};

struct script_record {
    struct script_record *next;
    struct text_record record;
};

/* A message as a file tells it; records in the order of the file. */
struct script_packet {
    struct script_packet *next; /* EXTRA_PACKET */
    uint16_t flags;             /* header flags, opcode and rcode */
    bool has_question, dnssec_ok, has_options, is_hex;
    struct question question;
    struct script_record *sections[SECTIONS];
    struct bytes options, hex; /* EDNS options, a whole message: as octets */
    unsigned sleep_s;
};

struct script_entry {
    struct script_entry *next;
    unsigned line, match, adjust, sleep_s;
    bool mandatory, used; /* MANDATORY: it has to be; it was sent */
    uint32_t serial;
    uint16_t ede;
    struct script_packet packet;
};

struct script_range {
    struct script_range *next;
    unsigned long first, last;
    struct endpoint addresses[64];
    unsigned address_count; /* 0: any */
    struct script_entry *entries;
};

enum step_kind {
    STEP_NOTHING,
    STEP_QUERY,
    STEP_CHECK_ANSWER,
    STEP_CHECK_OUT_QUERY,
    STEP_REPLY,
    STEP_TIMEOUT,
    STEP_ERROR,
    STEP_TIME_PASSES,
    STEP_TRAFFIC,
    STEP_ASSIGN,
    STEP_INFRA_RTT,
    STEP_CHECK_AUTOTRUST,
    STEP_CHECK_TEMPFILE,
    STEP_FLUSH_MESSAGE,
    STEP_EXPIRE_MESSAGE,
    STEP_KINDS
};

/* Lines of a file that stands in the script, as they are. */
struct script_file {
    struct script_file *next;
    const char *name;
    const char **lines;
    unsigned count;
    struct script_record *trust; /* the keys in it, of AUTOTRUST_FILE and CHECK_AUTOTRUST */
};

struct script_step {
    struct script_step *next;
    unsigned long number;
    unsigned line;
    enum step_kind kind;
    struct endpoint address; /* family 0: none is named */
    const char *rest;        /* what else stands on its line */
    struct script_entry *entry;
    struct script_file *file;
};

struct script {
    const char *title;
    struct script_range *ranges;
    struct script_step *steps;
};

extern const char *const step_names[STEP_KINDS];

#endif
