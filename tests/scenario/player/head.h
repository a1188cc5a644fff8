/* head - what stands before CONFIG_END, as a policy.
 *
 * Shape    our own configuration (YAML, as in catena.yaml), or the common form `server:`,
 *          `stub-zone:`, `forward-zone:` (head_common.h), plain or in clauses, turned into ours.
 *          Words of our own:
 *              KEY ...                        a zone's key (keys.h)
 *              ANCHOR key [digest=N]          its DS is a trust anchor
 *              HINT name address              a root server
 *              AUTOTRUST_FILE zone .. AUTOTRUST_END, TEMPFILE_NAME, TEMPFILE_CONTENTS
 *          A scenario begins with the defaults of the program, but: no trust anchor, every address
 *          may ask and be asked, names keep their case, no priming.
 * Owns     options and keys until head_clear.
 * Errors   false, and the flaw of the lines is filled.
 */
#ifndef CATENA_TESTS_SCENARIO_HEAD_H
#define CATENA_TESTS_SCENARIO_HEAD_H

#include "resolver/config/option.h"
#include "tests/scenario/player/match.h"
#include "tests/scenario/player/script_read.h"

/* Wall time where nothing is said: November 2026. */
#define SCENARIO_WALL INT64_C(1795000000)

struct head {
    struct options *options;
    struct crypto *crypto;
    struct script_keys keys;
    struct script_section old_anchors; /* see standin.h */
    struct script_file *trust_files, *temp_files;
    enum optional_records optional;
    bool common;                    /* the common form */
    bool plain;                     /* the common form, written plainly (head_plain.h) */
    bool hides_name, hides_version; /* head_local.h */
};

bool head_read(struct lines *lines, struct head *head); /* clear it, whatever comes */
void head_clear(struct head *head);

/* For head_common.c. "path=value" in our own words; a key that is not there: `word` cannot be
 * played. */
bool head_assign(struct head *head, struct lines *lines, const char *assignment, const char *word);
bool head_hint(struct head *head, struct lines *lines, const char *name, const char *address);

#endif
