/* standin - keys of algorithm 13 in the place of those that no validator takes any more (oldkey.h),
 * so that old scenarios still tell something.
 *
 * Shape    each such key of a script gets a pair of its own. Its DNSKEY records and the DS that
 *          name it become the pair's; each of its signatures is checked with OpenSSL and made anew
 *          over the same set with the same times: to hold where the old one held, not to hold where
 *          it did not. All else stays as it is.
 * Errors   the flaw of the lines: more keys than there are pairs, or a set that holds an old key
 *          and is signed by another one, which nobody can sign anew.
 */
#ifndef CATENA_TESTS_SCENARIO_STANDIN_H
#define CATENA_TESTS_SCENARIO_STANDIN_H

#include "tests/scenario/player/head.h"

bool standin_apply(struct head *head, struct lines *lines, struct script *script);

#endif
