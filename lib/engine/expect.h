/* expect - hints before a batch of questions: answers are fetched into the processor's cache.
 *
 * Shape    each message of the batch is expected, which fetches the bucket its answer would be
 *          found by; then each once more by the number that gave, which fetches the answer; then
 *          they come as events that carry the number. No effect on results: a simulator need not
 *          call it.
 * Spec     RULINGS B13.
 */
#ifndef CATENA_ENGINE_EXPECT_H
#define CATENA_ENGINE_EXPECT_H

#include "lib/engine/engine.h"

/* For query.expected; 0: no plain question can be read there. */
uint64_t engine_expect(const struct engine *engine, struct bytes message);
void engine_expect_entry(const struct engine *engine, uint64_t expected);

#endif
