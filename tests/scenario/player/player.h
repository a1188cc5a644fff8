/* player - what the steps of one scenario share; for play*.c alone. */
#ifndef CATENA_TESTS_SCENARIO_PLAYER_H
#define CATENA_TESTS_SCENARIO_PLAYER_H

#include "tests/scenario/player/macro.h"
#include "tests/scenario/player/match.h"
#include "tests/scenario/player/play.h"
#include "tests/scenario/player/stage.h"
#include "tests/scenario/player/trustpoint.h"

enum { CLIENTS_MAX = ANSWERS_MAX - 1, PATIENCE_S = 120 };

struct player {
    struct head *head;
    struct script script;
    struct stage *stage;
    struct macros macros;
    struct trustpoint trust;
    struct pool *pool;
    struct arena *scratch; /* of one comparison */
    const struct script_step *step;
    unsigned checks;
    struct player_client {
        const struct script_step *step;
        enum transport via;
    } clients[CLIENTS_MAX + 1]; /* by number */
    struct play_result *result;
};

/* Both return false: the step has failed, the file cannot be played. */
bool player_fail(struct player *player, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool player_cannot(struct player *player, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Servers reply, then one event; false: nothing is due before `until`. */
bool player_go_on(struct player *player, struct instant until);
struct instant player_patience(const struct player *player);

/* play_answers.c */
bool player_query(struct player *player);
bool player_check_answer(struct player *player);
bool player_all_checked(struct player *player);

/* play_servers.c */
void player_serve(struct player *player);
bool player_all_used(struct player *player);
bool player_check_out_query(struct player *player);
bool player_reply(struct player *player);
bool player_timeout(struct player *player);
bool player_error(struct player *player);

#endif
