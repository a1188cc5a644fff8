/* sim [--seed N] [--seeds N] [--verbose] - scripted runs, planted faults, then N runs by seed.
 *
 * --seed N plays that seed alone. Prints a line for each that fails and `N passed, N failed`. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "tests/sim/sim.h"

enum { SEEDS = 240, TWICE_EVERY = 12 };

static const struct unixtime wall = { 1795000000 };
static struct sim sim;

/* ---- for scripted runs ---- */

struct world *sim_world(struct sim *of, uint64_t seed)
{
    struct world_setup setup = {
        .internet = of->internet, .seed = seed, .link = { .delay_ms = 10 }, .verbose = of->verbose
    };
    return world_create(&setup);
}

struct world *sim_private_world(struct sim *of, uint64_t seed)
{
    struct world_setup setup = {
        .internet = of->private, .seed = seed, .link = { .delay_ms = 10 }, .verbose = of->verbose
    };
    return world_create(&setup);
}

void sim_end(struct sim *of, struct world *world)
{
    if (world_failed(world) && of->failure[0] == '\0')
        snprintf(of->failure, sizeof of->failure, "%s", world->failure);
    world_destroy(world);
}

void sim_expect(struct world *world, int holds, const char *sentence)
{
    if (!holds)
        world_fail(world, "not so: %s", sentence);
}

void sim_expect_count(struct world *world, uint64_t found, uint64_t expected, const char *what)
{
    if (found != expected)
        world_fail(world, "%llu %s, expected %llu", (unsigned long long)found, what,
                   (unsigned long long)expected);
}

void sim_expect_secure(struct world *world, const struct client *client)
{
    sim_expect(world, client->rcode == RCODE_NOERROR && client->ad && client->records > 0,
               "the answer is secure");
}

const struct client *sim_ask(struct world *world, const char *name, uint16_t type, unsigned flags)
{
    size_t number = world_ask(world, name, type, flags, 0);
    world_run(world);
    return world_client(world, number);
}

/* ---- the program ---- */

static void on_abort(int signal_number)
{
    static const char head[] = "sim: aborted in ";
    (void)signal_number;
    (void)!write(STDERR_FILENO, head, sizeof head - 1);
    (void)!write(STDERR_FILENO, sim.running, strlen(sim.running));
    (void)!write(STDERR_FILENO, "\n", 1);
    signal(SIGABRT, SIG_DFL);
}

static void begin(const char *what)
{
    sim.running = what;
    sim.failure[0] = '\0';
    if (sim.verbose)
        printf("---- %s\n", what);
}

static void end(void)
{
    if (sim.failure[0] == '\0') {
        sim.passed++;
        return;
    }
    sim.failed++;
    printf("failed: %s: %s\n", sim.running, sim.failure);
}

static void play_one(const struct sim_run *run)
{
    if (run->run) {
        run->run(&sim);
        return;
    }
    struct world *world = run->in_world ? sim_world(&sim, 1) : sim_private_world(&sim, 1);
    (run->in_world ? run->in_world : run->in_private)(world);
    world_rest(world);
    sim_end(&sim, world);
}

static void play(const struct sim_run *runs, const char *only)
{
    for (; runs->name; runs++) {
        if (only && !strstr(runs->name, only))
            continue;
        begin(runs->name);
        play_one(runs);
        end();
    }
}

/* Every TWICE_EVERY-th seed is played again: the same seed, the same log (RULINGS B29). */
static void play_seed(uint64_t seed)
{
    char what[64];
    snprintf(what, sizeof what, "make sim ARGS='--seed %llu'", (unsigned long long)seed);
    begin(what);
    uint64_t hash = sim_seed(&sim, seed, FAULT_NONE);
    end();
    if (seed % TWICE_EVERY != 0)
        return;
    snprintf(what, sizeof what, "make sim ARGS='--seed %llu', twice", (unsigned long long)seed);
    begin(what);
    if (sim_seed(&sim, seed, FAULT_NONE) != hash && sim.failure[0] == '\0')
        snprintf(sim.failure, sizeof sim.failure, "the second log is not the first");
    end();
}

struct choice {
    uint64_t seed, seeds;
    bool one;
    const char *only;
};

static struct choice read_arguments(int count, char **words)
{
    struct choice choice = { .seeds = SEEDS };

    for (int i = 1; i < count; i++) {
        const char *value = i + 1 < count ? words[i + 1] : NULL;
        if (strcmp(words[i], "--verbose") == 0) {
            sim.verbose = true;
            continue;
        }
        if (value && strcmp(words[i], "--seed") == 0) {
            choice.one = true;
            choice.seed = strtoull(value, NULL, 10);
        } else if (value && strcmp(words[i], "--seeds") == 0) {
            choice.seeds = strtoull(value, NULL, 10);
        } else if (value && strcmp(words[i], "--only") == 0) {
            choice.only = value;
        } else {
            fprintf(stderr, "usage: sim [--seed N | --seeds N] [--only WORDS] [--verbose]\n");
            exit(64);
        }
        i++;
    }
    return choice;
}

static void play_all(const struct choice *choice)
{
    play(sim_rounds, choice->only);
    play(sim_odds, choice->only);
    play(sim_streams, choice->only);
    play(sim_trails, choice->only);
    play(sim_chains, choice->only);
    play(sim_priming, choice->only);
    play(sim_attacks, choice->only);
    play(sim_torture, choice->only);
    play(sim_burner, choice->only);
    play(sim_clocks, choice->only);
    play(sim_faults, choice->only);
    play(sim_forwards, choice->only);
    for (uint64_t seed = 1; !choice->only && seed <= choice->seeds; seed++)
        play_seed(seed);
}

int main(int count, char **words)
{
    struct choice choice = read_arguments(count, words);
    struct internet *internet = internet_create(wall, KEYS_FIRST);
    struct internet *rolled = internet_create(wall, KEYS_ROLLED);
    struct internet *private = internet_create(wall, WITH_PRIVATE_ZONES);

    sim.internet = internet;
    sim.rolled = rolled;
    sim.private = private;
    signal(SIGABRT, on_abort);
    log_level_set(LOG_ERROR);
    if (choice.one)
        play_seed(choice.seed);
    else
        play_all(&choice);
    internet_destroy(internet);
    internet_destroy(rolled);
    internet_destroy(private);
    printf("%u passed, %u failed\n", sim.passed, sim.failed);
    return sim.failed == 0 && sim.passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
