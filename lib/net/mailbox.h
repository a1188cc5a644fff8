/* mailbox - letters from other threads to the one whose loop it is.
 *
 * Shape    a queue of MAILBOX_LETTERS places under a lock that is held to copy one letter. Posting
 *          wakes the loop; whoever listens there (loop_on_wake) then takes letters until none is
 *          left, since several posts may be one wake-up.
 * Owns     its places. What a letter's body points to belongs to the sender, who learns from the
 *          receiver, by `number`, when it is no longer looked at.
 * Threads  mailbox_post from any, mailbox_take from the loop's own.
 * Errors   ST_BUSY: full. The sender keeps the letter and tries again.
 * Spec     RULINGS B22.
 */
#ifndef CATENA_NET_MAILBOX_H
#define CATENA_NET_MAILBOX_H

#include "lib/net/loop.h"

enum { MAILBOX_LETTERS = 32 };

enum letter_kind { LETTER_POLICY /* body: struct policy, in force from now on */ };

struct letter {
    enum letter_kind kind;
    const void *body;
    uint64_t number; /* the sender's own */
};

struct mailbox;

struct mailbox *mailbox_create(struct loop *loop); /* NULL: no memory; the loop must live on */
void mailbox_destroy(struct mailbox *mailbox);     /* NULL is fine; letters left are forgotten */
enum status mailbox_post(struct mailbox *mailbox, const struct letter *letter) MUST_USE;
bool mailbox_take(struct mailbox *mailbox, struct letter *letter); /* oldest first; false: none */

#endif
