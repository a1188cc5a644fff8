/* type_table - the rows behind type.h, ascending by number.
 *
 * Shape    type_rows[0 .. type_row_count). The letters of a layout are explained in field.h.
 * Spec     the IANA registry of RR types; the RFC of each group stands with it.
 */
#ifndef CATENA_WIRE_TYPE_TABLE_H
#define CATENA_WIRE_TYPE_TABLE_H

#include <stddef.h>

#include "lib/wire/type.h"

extern const struct type_row type_rows[];
extern const size_t type_row_count;

#endif
