/* text_parts - how the composite fields of rdata print; the octets have passed rdata_check.
 *
 * Shape    x_have_form: false for values that the presentation format cannot say; then the whole
 *          rdata prints as RFC 3597 §5 has it.
 * Spec     RFC 3123 §5, RFC 1876 §3, RFC 1035 §3.4.2.
 */
#ifndef CATENA_WIRE_TEXT_PARTS_H
#define CATENA_WIRE_TEXT_PARTS_H

#include "lib/base/bytes.h"
#include "lib/wire/text_out.h"

bool prefixes_have_form(struct bytes prefixes);
void print_prefixes(struct text_out *out, struct bytes prefixes);

bool location_has_form(struct bytes location);
void print_location(struct text_out *out, struct bytes location);

void print_ports(struct text_out *out, struct bytes ports);

void print_ipv4(struct text_out *out, const uint8_t octets[4]);
void print_ipv6(struct text_out *out, const uint8_t octets[16]);

#endif
