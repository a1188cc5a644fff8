#include "resolver/recheck.h"

#include "lib/wire/message.h"
#include "lib/wire/type.h"

static const uint16_t types[] = { TYPE_SOA, TYPE_NSEC };
enum { TYPES = sizeof types / sizeof *types, RCODE_AT = 3, RCODE_BITS = 0xf };

uint16_t recheck_type(const struct recheck *recheck)
{
    return types[recheck->answered % TYPES];
}

/* Unsigned counts where that was proven, not where nobody asked for a proof. */
static enum negative_finding finding_of(const struct answer *answer)
{
    bool whole = answer && answer->message.len >= HEADER_OCTETS;
    uint8_t rcode = whole ? answer->message.at[RCODE_AT] & RCODE_BITS : RCODE_BITS;

    if (rcode != RCODE_NOERROR && rcode != RCODE_NXDOMAIN)
        return NEGATIVE_BROKEN;
    if (answer->verdict == SEC_SECURE)
        return NEGATIVE_VALIDATES;
    switch ((enum why)answer->cause.why) {
    case WHY_NOT_VALIDATED:
    case WHY_NEGATIVE_ANCHOR: /* one that is written */
    case WHY_ZONE_INSECURE:
    case WHY_CLOCK_REPAIR: return NEGATIVE_BROKEN;
    default: return answer->verdict == SEC_INSECURE ? NEGATIVE_UNSIGNED : NEGATIVE_BROKEN;
    }
}

bool recheck_came(struct recheck *recheck, const struct answer *answer,
                  enum negative_finding *finding)
{
    enum negative_finding this = finding_of(answer);

    if (this == NEGATIVE_BROKEN || recheck->answered == 0)
        recheck->finding = this;
    recheck->answered++;
    if (this != NEGATIVE_BROKEN && recheck->answered < TYPES)
        return false;
    *finding = recheck->finding;
    *recheck = (struct recheck){ .answered = 0 };
    return true;
}
