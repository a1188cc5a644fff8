/* walk - what a fetch remembers while it walks, and while it judges a zone's keys.
 *
 * Shape    plain data in the fetch's arena; fetch.c, ask.c, servers.c and check.c share a walk,
 *          trust.c has the other half. Nothing here outlives the fetch.
 */
#ifndef CATENA_ENGINE_WALK_H
#define CATENA_ENGINE_WALK_H

#include "lib/engine/classify.h"
#include "lib/engine/delegation.h"
#include "lib/engine/qmin.h"
#include "lib/engine/selection.h"

enum outcome {
    OUTCOME_NONE,
    OUTCOME_ANSWERED, /* links hold the answer, each with its final status */
    OUTCOME_FAILED,   /* the servers failed: `cause` */
    OUTCOME_BOGUS,    /* found bogus: `cause` */
    OUTCOME_SPENT     /* the jobs ran out; no fact about anything else (RULINGS A2) */
};

/* The walk of FOR_ANSWER, FOR_ADDRESS and FOR_RECORDS. */
struct walk {
    struct name at; /* the present link's name: the question's, then each alias target */
    struct delegation cut;
    bool has_cut;
    struct qmin qmin;
    struct selection selection;
    struct exchange now, late;  /* outstanding; timed out but still receiving (RULINGS A22) */
    struct exchange judged;     /* the one whose reply is being judged, or was last */
    struct asked asked;         /* what the outstanding question asks */
    uint16_t questions_at_cut;  /* distinct questions asked of the present cut */
    bool unasked;               /* the present question has not been sent to anybody yet */
    bool question_paid;         /* what was paid for and did not leave this machine: ... */
    bool packet_paid;           /* ... the next one is paid for with it (RULINGS A23) */
    uint8_t empties;            /* replies with nothing in them, for the present question, ... */
    uint8_t empty_nxdomains;    /* ... of these, NXDOMAIN; the others are NOERROR ... */
    uint8_t empty_rcode;        /* ... and the last one's rcode */
    uint8_t minimised_timeouts; /* at this cut */
    bool keys_renewed;          /* a zone's keys were fetched anew for this link (A13) */
    bool cut_left;              /* a cut that was proven to be none was left, for this link */
    bool parent_sought;         /* the zone above a DS was, for this link */
    uint8_t ports_drawn;        /* drawn again because this machine would not have the port */
    uint8_t streams_ended;      /* connections that ended under the present question */
    uint8_t bogus_tries;
    uint8_t lookups, failed_names; /* address fetches under way; names that failed, this cut */
    uint16_t names_tried;    /* bit n: server n's addresses were looked up or found in the cache */
    uint16_t names_told;     /* bit n: or told by a referral, which counts until they are no use */
    bool sent_away;          /* a question to this cut left this machine */
    bool minimised_nxdomain; /* the link under check answers a minimised question */
    bool on_trial;           /* the judged reply is believed only when its data prove secure (A6) */
    bool out_of_servers;     /* only the late answer is waited for */
    bool servers_spoke;      /* some server of the present cut gave a reply of any kind */
    uint8_t last_class;      /* enum reply_class + 1 of the last one read here; 0: none was */
    bool lookups_cut_short;  /* at this cut, by memory or by what may be spent: no server's fault */
    bool reply_kept;         /* something of the reply that is being judged is needed further on */
    struct cause bogus;      /* of a reply that proved wrong, while others are asked; or WHY_NONE */
    struct link *pending;    /* under check, ... */
    struct rrset_list glue;  /* ... and what came beside the root's NS set */
    struct validator *validator;
};

/* Raw records that came in for FOR_KEYS: by value, in its arena. */
struct fetch_records {
    bool asked, there;
    enum outcome outcome;
    struct link link;       /* security SEC_SECURE when it came proven from the cache */
    struct name zone;       /* the cut that answered, or did not ... */
    bool forwarded;         /* by a forwarder */
    struct endpoint server; /* ... and who was asked last */
    bool others;            /* some server has not failed at this question */
    struct cause cause;
};

/* FOR_KEYS. */
enum trust_stage { TRUST_BEGIN, TRUST_PARENT, TRUST_DS, TRUST_DS_CHECK, TRUST_KEYS, TRUST_LINK };
struct trust {
    enum trust_stage stage;
    struct delegation cut; /* of the zone, where it is known */
    bool has_cut, fresh;   /* fresh: DS and DNSKEY were asked anew after a mismatch (A13) */
    uint8_t retries;       /* of others, after that (SPEC V14) */
    bool parent_asked;     /* for its keys */
    const struct rrset *ds, *anchor_keys;
    struct link *ds_link; /* under check, ... */
    struct name ds_zone;  /* ... from the servers of this zone */
    bool parent_renewed;  /* the keys that should prove the DS were fetched anew */
    struct validator *validator;
    struct chain_link link;
    struct fetch_records ds_records, key_records;
    struct zone_keys result;
};

#endif
