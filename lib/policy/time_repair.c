#include "lib/policy/time_repair.h"

static const char *const builtin[] = {
    "pool.ntp.org.",   "*.pool.ntp.org.",   "time.cloudflare.com.", "time.google.com.",
    "time.apple.com.", "time.windows.com.", "ntp.ubuntu.com.",      "openwrt.pool.ntp.org.",
};

enum status time_repair_add_builtin(struct subtrees *names)
{
    for (unsigned i = 0; i < sizeof builtin / sizeof *builtin; i++) {
        struct subtree entry = { .mode = DNSSEC_VALIDATE };
        TRY(name_from_text(builtin[i], &entry.name));
        TRY(subtrees_add(names, &entry));
    }
    return ST_OK;
}

bool time_repair_covers(const struct subtrees *names, const struct name *name)
{
    for (unsigned i = 0; i < names->count; i++) {
        const struct name *entry = &names->list[i].name;
        struct name above = name_parent(entry);
        if (name_equal(entry, name) ||
            (name_is_wildcard(entry) && name_strictly_under(name, &above)))
            return true;
    }
    return false;
}
