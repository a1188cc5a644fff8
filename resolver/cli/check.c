/* catena check - the configuration, read as `serve` reads it. */
#include <stdio.h>
#include <string.h>

#include "resolver/cli/cli.h"

static const char usage[] =
    "usage: catena check [-c FILE] [-o KEY=VALUE ...] [--sample]\n\n"
    "Reads the configuration as `serve` would; prints one line for each thing that is wrong.\n"
    "  --sample   prints a file with every key, its default and what it is for\n"
    "Exit code: 0 nothing is wrong, 78 something is.\n";

static int take_sample(void *context, int argc, char **argv)
{
    bool *sample = context;
    (void)argc;
    if (strcmp(argv[0], "--sample") != 0)
        return 0;
    *sample = true;
    return 1;
}

int cli_check(int argc, char **argv)
{
    bool sample = false;
    struct cli_arguments arguments = { usage, take_sample, &sample };
    struct options *options = cli_options(&arguments, &argc, argv);

    if (!options)
        return EXIT_CONFIG;
    options_destroy(options);
    if (argc > 1) {
        fprintf(stderr, "catena: check takes no \"%s\"\n%s", argv[1], usage);
        return EXIT_USAGE;
    }
    if (sample)
        options_print_sample(stdout);
    else
        printf("catena: the configuration is sound\n");
    return 0;
}
