/* numbers - what a listener calls its connections towards the engine, and finds them by again.
 *
 * Shape    a slot, which of its questions it is, how many connections the listener had before, and
 *          which listener it is: an answer to one that is gone finds nobody.
 * Owns     the table; connections are borrowed.
 */
#ifndef CATENA_EDGE_NUMBERS_H
#define CATENA_EDGE_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

enum { NUMBERS_MAX = 4096, NUMBERS_INDEX_SHIFT = 48 };

struct numbers {
    struct {
        void *connection;
        uint16_t generation;
    } * slots; /* NUMBERS_MAX */
    uint16_t generation, next;
    uint8_t index; /* of the listener, part of all its numbers */
};

bool numbers_init(struct numbers *numbers, uint8_t index); /* false: no memory */
void numbers_clear(struct numbers *numbers);

/* `number` is that of question 0. False: there are NUMBERS_MAX already. */
bool numbers_take(struct numbers *numbers, void *connection, uint64_t *number);
void numbers_give_back(struct numbers *numbers, uint64_t number);
void *numbers_find(const struct numbers *numbers, uint64_t number); /* NULL: it is gone */

uint64_t numbers_of_question(uint64_t number, unsigned question);
unsigned numbers_question(uint64_t number);

#endif
