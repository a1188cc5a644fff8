#include "lib/policy/meter.h"

enum { NS_PER_US = 1000, US_MAX = 1000 * 1000 * 1000 };

void meter_init(struct meter *meter)
{
    *meter = (struct meter){ .worth = METER_WORTH_ONE };
}

void meter_read(struct meter *meter, uint64_t spent_us)
{
    uint64_t spent = spent_us < US_MAX ? spent_us : US_MAX;
    uint64_t weighed = meter->weighed_ns;

    meter->weighed_ns = 0;
    if (weighed < METER_WINDOW_NS)
        return; /* too little to tell anything by */
    uint64_t worth = spent * NS_PER_US * METER_WORTH_ONE / weighed;
    worth = worth < METER_WORTH_MIN ? METER_WORTH_MIN : worth;
    meter->worth = (uint32_t)(worth > METER_WORTH_MAX ? METER_WORTH_MAX : worth);
}

uint32_t meter_us(struct meter *meter, uint32_t ns)
{
    uint64_t real = (uint64_t)ns * meter->worth / METER_WORTH_ONE + meter->rest;

    meter->rest = (uint32_t)(real % NS_PER_US);
    return (uint32_t)(real / NS_PER_US);
}
