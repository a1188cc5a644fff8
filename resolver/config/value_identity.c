/* What is told of this server: off, a text, or a word for what the machine or the program is. */
#include <string.h>
#include <unistd.h>

#include "resolver/config/value.h"
#include "resolver/config/version.h"

enum { HOST_NAME_ROOM = 256 };

static enum status value_text(void *field, const struct node *node, const char *word,
                              const char *stands_for)
{
    static const char *const off_words[] = { "off", "false", "no", NULL };
    static const char *const on_words[] = { "on", "true", "yes", NULL }; /* but what, is not said */
    const char *const words[] = { word, NULL };
    struct identity_text text = { .len = 0 };
    unsigned index;

    if (node->kind != NODE_SCALAR || value_is_one_of(node, on_words, &index))
        return ST_MALFORMED;
    if (!value_is_one_of(node, off_words, &index))
        TRY(identity_write(&text, value_is_one_of(node, words, &index) ? stands_for : node->text));
    *(struct identity_text *)field = text;
    return ST_OK;
}

enum status value_host_text(const struct option_row *row, void *field, const struct node *node,
                            struct complaint *complaint)
{
    char host[HOST_NAME_ROOM] = "";

    (void)row;
    (void)complaint;
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0'; /* which is no text, and complained of as such */
    return value_text(field, node, "host-name", host);
}

enum status value_version_text(const struct option_row *row, void *field, const struct node *node,
                               struct complaint *complaint)
{
    (void)row;
    (void)complaint;
    return value_text(field, node, "built-in", "catena " CATENA_VERSION);
}
