/* table - the rows of the option table, for the files of resolver/config alone. */
#ifndef CATENA_CONFIG_TABLE_H
#define CATENA_CONFIG_TABLE_H

#include "resolver/config/value.h"

extern const struct option_row option_rows[];
extern const unsigned option_row_count;

/* Every row's default through its own setter, so that the table cannot lie about it. */
enum status option_defaults(struct options *options, char why[CONFIG_WHY]) MUST_USE;

#endif
