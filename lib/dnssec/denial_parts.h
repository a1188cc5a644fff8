/* denial_parts - what denial.c decides with: each question put to NSEC alone and to NSEC3 alone.
 *
 * Shape    `records` are sound, of the zone asked about and, for NSEC3, of equal parameters within
 *          the limit. Inside denial only; everyone else calls denial_judge.
 */
#ifndef CATENA_DNSSEC_DENIAL_PARTS_H
#define CATENA_DNSSEC_DENIAL_PARTS_H

#include "lib/dnssec/denial.h"
#include "lib/dnssec/nsec.h"

enum { DENIAL_RECORDS_MAX = 32 }; /* the ceiling of limits.denial_records */

/* What is known of the wildcard at the closest encloser. */
enum denial_wildcard {
    WILDCARD_UNKNOWN,
    WILDCARD_WITH_TYPE, /* its own record does not deny the type */
    WILDCARD_ABSENT,
    WILDCARD_WITHOUT_TYPE
};

/* Does a record that matches `owner` deny `type` there? CNAME always has to be absent too; a DS is
 * denied by the parent's record alone, all else at a cut by the child's; ANY where nothing is but
 * the denial itself (RFC 4035 §5.4, RFC 5155 §8.5, §8.6, RFC 6840 §4.1, §4.3). */
bool denial_of_type(struct bytes bitmap, const struct name *owner, uint16_t type);

/* RFC 9824 §3.1: the record says that its own name does not exist. */
bool denial_of_own_name(struct bytes bitmap, const struct name *owner);

/* What a record that matches a name says to DENIAL_DS (RFC 6840 §4.4). */
enum denial_answer denial_of_ds(struct bytes bitmap, const struct name *owner);

enum denial_answer denial_by_nsec(const struct denial_input *input, const struct nsec *records,
                                  size_t count, struct denial_output *output);
enum denial_answer denial_by_nsec3(const struct denial_input *input, const struct nsec3 *records,
                                   size_t count, struct proof_desk *desk,
                                   struct denial_output *output);

#endif
