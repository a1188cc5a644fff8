/* key_tags - which keys we trust, told to the zone's servers and to whoever asks.
 *
 * Shape    a zone's anchors as key tags, rising, each once: in the name of a question to its
 *          servers, "_ta-4f66-9728.", and in what a client's "root-key-sentinel-is-ta-20326" gets.
 * Owns     nothing.
 * Spec     RFC 8145 §5.1 (at most KEY_TAGS_TOLD fit a label), RFC 8509 §2, §3.
 */
#ifndef CATENA_DNSSEC_KEY_TAGS_H
#define CATENA_DNSSEC_KEY_TAGS_H

#include "lib/dnssec/anchor.h"

enum { KEY_TAGS_MAX = 64, KEY_TAGS_TOLD = 12 };

/* At most KEY_TAGS_MAX; none for the anchor that nobody has (rfc5011_nobody). */
size_t key_tags(const struct anchor_set *anchors, const struct name *zone,
                uint16_t tags[KEY_TAGS_MAX]);

/* The name to ask the zone's servers for, type NULL. False: nothing to tell, or no such name. */
bool key_tags_name(const struct anchor_set *anchors, const struct name *zone, struct name *told);

/* The question for this name, type A or AAAA, is one after a key of the root, and our answer is no:
 * what would be a secure answer becomes SERVFAIL. */
bool key_tags_deny(const struct anchor_set *anchors, const struct name *name, uint16_t type);

#endif
