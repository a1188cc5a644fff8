#include "lib/net/mailbox.h"

#include <pthread.h>

#include "lib/base/memory.h"

/* taken <= posted <= taken + MAILBOX_LETTERS; letter n lies at n % MAILBOX_LETTERS. */
struct mailbox {
    pthread_mutex_t lock;
    struct loop *loop;
    uint64_t posted, taken;
    struct letter letters[MAILBOX_LETTERS];
};

struct mailbox *mailbox_create(struct loop *loop)
{
    struct mailbox *mailbox = memory_new(sizeof *mailbox);

    if (!mailbox)
        return NULL;
    mailbox->loop = loop;
    if (pthread_mutex_init(&mailbox->lock, NULL) == 0)
        return mailbox;
    memory_free(mailbox);
    return NULL;
}

void mailbox_destroy(struct mailbox *mailbox)
{
    if (!mailbox)
        return;
    pthread_mutex_destroy(&mailbox->lock);
    memory_free(mailbox);
}

enum status mailbox_post(struct mailbox *mailbox, const struct letter *letter)
{
    bool full;

    pthread_mutex_lock(&mailbox->lock);
    full = mailbox->posted - mailbox->taken == MAILBOX_LETTERS;
    if (!full)
        mailbox->letters[mailbox->posted++ % MAILBOX_LETTERS] = *letter;
    pthread_mutex_unlock(&mailbox->lock);
    loop_wake(mailbox->loop);
    return full ? ST_BUSY : ST_OK;
}

bool mailbox_take(struct mailbox *mailbox, struct letter *letter)
{
    bool any;

    pthread_mutex_lock(&mailbox->lock);
    any = mailbox->taken < mailbox->posted;
    if (any)
        *letter = mailbox->letters[mailbox->taken++ % MAILBOX_LETTERS];
    pthread_mutex_unlock(&mailbox->lock);
    return any;
}
