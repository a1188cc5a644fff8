/* catena check - the configuration, read as `serve` reads it. */
#include <stdio.h>
#include <string.h>

#include "resolver/cli/cli.h"
#include "resolver/hosts_file.h"

static const char usage[] =
    "usage: catena check [-c FILE] [-o KEY=VALUE ...] [--sample | --manual]\n\n"
    "Reads the configuration as `serve` would; prints one line on what is wrong with it,\n"
    "one for each line of a hosts file that is skipped,\n"
    "and one for each forward and stub zone on how it is asked and validated.\n"
    "  --sample   prints a file with every key, its default and what it is for\n"
    "  --manual   prints the manual page catena.yaml(5), for `man -l -`\n"
    "Exit code: 0 nothing is wrong, 78 something is, 64 wrong use.\n";

enum output { SAY_SOUND, PRINT_SAMPLE, PRINT_MANUAL };

static int take_output(void *context, int argc, char **argv)
{
    enum output *output = context;

    (void)argc;
    if (strcmp(argv[0], "--sample") == 0)
        *output = PRINT_SAMPLE;
    else if (strcmp(argv[0], "--manual") == 0)
        *output = PRINT_MANUAL;
    else
        return 0;
    return 1;
}

int cli_check(int argc, char **argv)
{
    enum output output = SAY_SOUND;
    struct cli_arguments arguments = { usage, take_output, &output, 0 };
    struct options *options = cli_options(&arguments, &argc, argv);
    char why[CONFIG_WHY];

    if (!options)
        return arguments.code;
    if (argc == 1 && output == SAY_SOUND) {
        zones_print(options->policy, stdout);
        hosts_file_read(options->policy, options);
        if (options_warn(options, why))
            printf("catena: warning: %s\n", why);
    }
    options_destroy(options);
    if (argc > 1) {
        fprintf(stderr, "catena: check takes no \"%s\"\n%s", argv[1], usage);
        return EXIT_USAGE;
    }
    switch (output) {
    case SAY_SOUND: printf("catena: the configuration is sound\n"); break;
    case PRINT_SAMPLE: options_print_sample(stdout); break;
    case PRINT_MANUAL: options_print_manual(stdout); break;
    }
    return 0;
}
