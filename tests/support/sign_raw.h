/* sign_raw - key pairs and bare signatures under tests/support/sign; nobody else needs it. */
#ifndef CATENA_TESTS_SUPPORT_SIGN_RAW_H
#define CATENA_TESTS_SUPPORT_SIGN_RAW_H

#include "tests/support/sign.h"

enum { SIGN_PUBLIC_MAX = 4 + 512 + 8, SIGN_SIGNATURE_MAX = 512 };

_Noreturn void sign_broken(const char *what); /* prints it and aborts: the test is wrong */

/* The pair's public half as a DNSKEY's key field has it; returns the octets written. */
size_t sign_raw_public(const struct sign_key *key, uint8_t into[SIGN_PUBLIC_MAX]);
/* A signature as an RRSIG has it; returns the octets written. */
size_t sign_raw(const struct sign_key *key, struct bytes octets, uint8_t into[SIGN_SIGNATURE_MAX]);

#endif
