/* text_svcb - service parameters in presentation format, out and in.
 *
 * Shape    printed in the order of the wire, ascending by key; read in any order (RFC 9460 §2.1).
 *          Read here because ldns takes an escaped comma in a list for a separator.
 * Errors   false: as in text_field.h. What is well written but malformed, such as a key twice, is
 *          left to rdata_check.
 * Spec     RFC 9460 §2.1, §7 and Appendix A.1; RFC 9461 §5.
 */
#ifndef CATENA_WIRE_TEXT_SVCB_H
#define CATENA_WIRE_TEXT_SVCB_H

#include "lib/base/bytes.h"
#include "lib/wire/text_field.h"
#include "lib/wire/text_out.h"

void parameters_print(struct text_out *out, struct bytes parameters);
bool parameters_read(struct field_text *text);

#endif
