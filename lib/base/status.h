/* status - how an operation failed; programs branch on it (people get enum why).
 *
 * Errors   outputs are written only on ST_OK.
 */
#ifndef CATENA_BASE_STATUS_H
#define CATENA_BASE_STATUS_H

enum status {
    ST_OK,
    ST_NOTFOUND,    /* absent or expired */
    ST_MALFORMED,   /* the input breaks its format */
    ST_LIMIT,       /* a named bound was reached */
    ST_UNSUPPORTED, /* well formed, but not something we do */
    ST_NOMEM,       /* the process has no memory to give */
    ST_IO,          /* the system refused */
    ST_BUSY         /* try later */
};

#define MUST_USE __attribute__((warn_unused_result))

const char *status_name(enum status status); /* "OK", "NOTFOUND", ... never NULL */

/* The only macro with hidden flow. Banned where a lock, fd or library object is held. */
#define TRY(expression)                                                                            \
    do {                                                                                           \
        enum status try_status = (expression);                                                     \
        if (try_status != ST_OK)                                                                   \
            return try_status;                                                                     \
    } while (0)

#endif
