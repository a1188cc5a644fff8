/* The option table as text: the sample file, and the manual page catena.yaml(5). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "resolver/config/table.h"

enum { SECTION_OCTETS = 64 };

/* The row's section, "" for none; true where another one than before begins. */
static bool section_begins(const struct option_row *row, char section[SECTION_OCTETS])
{
    const char *dot = strchr(row->path, '.');
    size_t len = dot ? (size_t)(dot - row->path) : 0;
    bool same = strncmp(section, row->path, len) == 0 && section[len] == '\0';

    snprintf(section, SECTION_OCTETS, "%.*s", (int)len, row->path);
    return !same;
}

static const char *last_part(const struct option_row *row)
{
    const char *dot = strchr(row->path, '.');
    return dot ? dot + 1 : row->path;
}

void options_print_sample(FILE *into)
{
    char section[SECTION_OCTETS] = "";

    fprintf(into, "# catena.yaml: every key with its default. No file is needed at all.\n");
    for (unsigned i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        bool begins = section_begins(row, section);
        const char *indent = *section ? "  " : "";
        if (begins && *section)
            fprintf(into, "%s:\n", section);
        fprintf(into, "%s# %s (%s)\n", indent, row->help, row->expected);
        fprintf(into, "%s%s: %s\n", indent, last_part(row), row->normal);
    }
}

/* ---- roff ---- */

/* What groff would take for its own, turn into another character or, beyond ASCII, not know: NULL
 * where the octet stands for itself. */
static const char *roff_of(uint8_t octet)
{
    switch (octet) {
    case '\\': return "\\e";
    case '-': return "\\-";
    case '"': return "\\(dq";
    case '\'': return "\\(aq";
    case '`': return "\\(ga";
    case 0xc2: return "";      /* begins the next one in UTF-8 */
    case 0xa7: return "\\(sc"; /* the sign of a section */
    default: return NULL;
    }
}

/* A dot that begins a line would be a request. */
static void print_roff(FILE *into, const char *text)
{
    if (*text == '.')
        fputs("\\&", into);
    for (; *text; text++) {
        const char *roff = roff_of((uint8_t)*text);
        if (roff)
            fputs(roff, into);
        else
            fputc(*text, into);
    }
}

static void print_term(FILE *into, const char *term, const char *normal)
{
    fputs(".TP\n\\fB", into);
    print_roff(into, term);
    fputs("\\fR (", into);
    print_roff(into, normal);
    fputs(")\n", into);
}

static void print_row(FILE *into, const struct option_row *row)
{
    print_term(into, row->path, row->normal);
    fputc(toupper((unsigned char)row->help[0]), into);
    print_roff(into, row->help + 1);
    fputs(".\nTakes ", into);
    print_roff(into, row->expected);
    fputs(".\n", into);
}

static void print_limits(FILE *into)
{
    fputs(".SH LIMITS\nEach key below \\fBlimits\\fR bounds what one question, one worker or the "
          "process may cost.\nAfter the name: the default, and the range.\n",
          into);
    for (size_t i = 0; i < limits_row_count; i++) {
        char range[64];
        snprintf(range, sizeof range, "%u; %u to %u", limits_rows[i].normal, limits_rows[i].minimum,
                 limits_rows[i].maximum);
        print_term(into, limits_rows[i].name, range);
        print_roff(into, limits_rows[i].reason);
        fputs(".\n", into);
    }
}

void options_print_manual(FILE *into)
{
    fputs(".TH CATENA.YAML 5 \"\" catena \"File formats\"\n"
          ".SH NAME\ncatena.yaml \\- configuration of the catena resolver\n"
          ".SH DESCRIPTION\n"
          "YAML, read at the start.\nNo file is needed: every key has a default, which stands in "
          "parentheses below.\n"
          "A dot in a key parts section and key, as in\n.PP\n.nf\n    dnssec:\n      mode: "
          "validate\n.fi\n.PP\n"
          "On the command line the same is written \\fB\\-o dnssec.mode=validate\\fR.\n"
          "Unknown and doubled keys, YAML anchors, aliases and tags are errors; at most 1 MiB, 8 "
          "levels.\n"
          ".SH KEYS\n",
          into);
    for (unsigned i = 0; i < option_row_count; i++)
        print_row(into, &option_rows[i]);
    print_limits(into);
    fputs(".SH FILES\n/etc/catena/catena.yaml\n"
          ".SH SEE ALSO\n\\fBcatena\\fR(1), \\fBcatena\\-serve\\fR(8), \\fBcatena\\-check\\fR(1)\n",
          into);
}
