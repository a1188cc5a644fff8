/* bad_disk - the real disk under resolver/state, until the step that is to fail.
 *
 * Shape    steps are counted from 1; step `fails_at` fails with `error`, and once only, unless the
 *          disk was killed: then nothing after it is done either. What was not synced is lost with
 *          bad_disk_power_cut. `trail` names the steps in their order.
 * Threads  one.
 */
#ifndef CATENA_TESTS_SUPPORT_BAD_DISK_H
#define CATENA_TESTS_SUPPORT_BAD_DISK_H

#include "resolver/state.h"

struct bad_disk {
    struct state_disk disk;   /* what a state_file is given */
    unsigned steps, fails_at; /* 0: none fails */
    int error;
    bool killed;
    bool cut_short; /* the write that fails writes half */
    int unsynced;   /* a descriptor of our own on the file that is being written; -1: none */
    char trail[256];
};

void bad_disk_up(struct bad_disk *bad); /* nothing fails yet */
void bad_disk_power_cut(struct bad_disk *bad);

#endif
