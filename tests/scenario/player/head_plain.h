/* head_plain - the plain form of a head: keys alone, without a clause they belong to.
 *
 * Shape    a collection that plays whole programs writes its few keys bare: the address the walk
 *          begins at, anchors, the date. They are turned into the common form (head_common.h).
 *          Where a head is plain, the clock goes on from its date, a question is over when its
 *          answer came, answers need not be checked, and what no entry fits is answered SERVFAIL.
 */
#ifndef CATENA_TESTS_SCENARIO_HEAD_PLAIN_H
#define CATENA_TESTS_SCENARIO_HEAD_PLAIN_H

#include "tests/scenario/player/head.h"

bool head_plain_is(const char *text);
/* The same in the common form, in the lines' arena; NULL: the flaw of the lines is filled. */
const char *head_plain_to_common(struct lines *lines, const char *text);
/* What else such a file takes for granted of its questions and replies. */
void head_plain_apply(struct head *head, struct script *script);

#endif
