/* sim - the simulator's program: scripted runs, planted faults, and runs by seed.
 *
 * Shape    a run makes worlds, lets them go and says what was wrong in `failure`; empty: nothing.
 */
#ifndef CATENA_TESTS_SIM_SIM_H
#define CATENA_TESTS_SIM_SIM_H

#include "tests/sim/world.h"

struct sim {
    const struct internet *internet, *rolled, *private;
    bool verbose;
    unsigned passed, failed;
    const char *running; /* what is going on, for a crash */
    char failure[FAILURE_TEXT];
};

/* A world of one's own for a scripted run: 10 ms each way, nothing lost. */
struct world *sim_world(struct sim *of, uint64_t seed);
/* The same, with zones that nobody delegates to. */
struct world *sim_private_world(struct sim *of, uint64_t seed);
/* Takes the world's failure over and ends it. */
void sim_end(struct sim *of, struct world *world);
/* Not true: the world has failed, with this sentence. */
void sim_expect(struct world *world, int holds, const char *sentence);
void sim_expect_count(struct world *world, uint64_t found, uint64_t expected, const char *what);
/* There is an answer, and it is proven. */
void sim_expect_secure(struct world *world, const struct client *client);
/* One question in an otherwise quiet world, until its answer; `ms` it took. */
const struct client *sim_ask(struct world *world, const char *name, uint16_t type, unsigned flags);

/* One of the three: most runs need one world, which then has to come to rest. */
struct sim_run {
    const char *name; /* a sentence */
    void (*in_world)(struct world *world);
    void (*in_private)(struct world *world);
    void (*run)(struct sim *sim); /* makes its worlds itself */
};

extern const struct sim_run sim_rounds[], sim_odds[], sim_trails[], sim_chains[], sim_priming[],
    sim_attacks[], sim_faults[], sim_forwards[], sim_clocks[], sim_streams[], sim_torture[],
    sim_burner[];

/* seeds.c: one run by its seed; returns the hash of its log. */
uint64_t sim_seed(struct sim *sim, uint64_t seed, enum fault fault);

#endif
