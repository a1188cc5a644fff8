#include "resolver/edge/numbers.h"

#include "lib/base/memory.h"

enum { QUESTION_SHIFT = 16, GENERATION_SHIFT = 32 };

bool numbers_init(struct numbers *numbers, uint8_t index)
{
    *numbers = (struct numbers){ .index = index };
    numbers->slots = memory_array(NUMBERS_MAX, sizeof *numbers->slots);
    return numbers->slots != NULL;
}

void numbers_clear(struct numbers *numbers)
{
    memory_free(numbers->slots);
    numbers->slots = NULL;
}

bool numbers_take(struct numbers *numbers, void *connection, uint64_t *number)
{
    for (unsigned tried = 0; tried < NUMBERS_MAX; tried++) {
        uint16_t slot = numbers->next;
        numbers->next = (uint16_t)((slot + 1) % NUMBERS_MAX);
        if (numbers->slots[slot].connection)
            continue;
        numbers->slots[slot].connection = connection;
        numbers->slots[slot].generation = ++numbers->generation;
        *number = slot | (uint64_t)numbers->generation << GENERATION_SHIFT |
                  (uint64_t)numbers->index << NUMBERS_INDEX_SHIFT;
        return true;
    }
    return false;
}

void *numbers_find(const struct numbers *numbers, uint64_t number)
{
    uint16_t slot = (uint16_t)number, generation = (uint16_t)(number >> GENERATION_SHIFT);

    if (slot >= NUMBERS_MAX || numbers->slots[slot].generation != generation)
        return NULL;
    return numbers->slots[slot].connection;
}

void numbers_give_back(struct numbers *numbers, uint64_t number)
{
    if (numbers_find(numbers, number))
        numbers->slots[(uint16_t)number].connection = NULL;
}

uint64_t numbers_of_question(uint64_t number, unsigned question)
{
    return number | (uint64_t)question << QUESTION_SHIFT;
}

unsigned numbers_question(uint64_t number)
{
    return (uint16_t)(number >> QUESTION_SHIFT);
}
