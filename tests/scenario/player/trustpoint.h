/* trustpoint - AUTOTRUST_FILE and CHECK_AUTOTRUST: anchors that follow their zones in a scenario.
 *
 * Shape    the keys of the file are the anchors that the keeper of the daemon begins with (SEP keys
 *          alone, where there are any), their states, where they have some, those of a state file
 *          that it finds; at each TRAFFIC step it asks for what is due. A check
 *          compares keys by tag, their states and since when, the last success, the next question;
 *          not another program's octets.
 * Owns     a folder below /tmp for the state file, until trustpoint_end.
 * Errors   false: the step has failed, or the file cannot be played.
 * Spec     RFC 5011.
 */
#ifndef CATENA_TESTS_SCENARIO_TRUSTPOINT_H
#define CATENA_TESTS_SCENARIO_TRUSTPOINT_H

#include "resolver/anchor_keeper.h"
#include "tests/scenario/player/head.h"

struct player;

enum { TRUST_POLICIES = 64 };

struct trustpoint {
    struct anchor_keeper *keeper;
    struct keeper_setup setup;
    char folder[64];
    uint64_t version;
    struct policy *policies[TRUST_POLICIES]; /* those in force one after the other */
    unsigned policy_count;
};

/* Lines to records, before keys are replaced. */
bool trustpoint_read(struct head *head, struct lines *lines, struct script *script);
bool trustpoint_traffic(struct player *player);
int64_t trustpoint_timeout(
    const struct player *player); /* seconds until the next question; 0: none */
bool trustpoint_check(struct player *player);
void trustpoint_end(struct trustpoint *trust);

#endif
