/* catena - one program, one word for each thing it does. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "resolver/cli/cli.h"

static const struct command {
    const char *word, *help;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "serve", "answer clients: the validating recursive resolver", cli_serve },
    { "query", "ask one question, walked from the root and proven, and explain the answer",
      cli_query },
    { "check", "read the configuration as `serve` would, and say what is wrong with it",
      cli_check },
    { "anchor", "show the trust anchors and what becomes of them; check IANA's signed file",
      cli_anchor },
    { "version", "versions, libraries and the algorithms that are validated here", cli_version },
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_usage(FILE *into)
{
    fprintf(into, "usage: catena COMMAND [OPTION ...]\n\n");
    for (unsigned i = 0; i < COMMANDS; i++)
        fprintf(into, "  %-8s %s\n", commands[i].word, commands[i].help);
    fprintf(into, "\n`catena COMMAND --help` tells the rest.\n");
}

/* What was printed may be a file to be relied on: it is whole, or the exit code says that not. */
static int close_output(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "catena: standard output: %s\n", strerror(errno));
    return EXIT_UNAVAILABLE;
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";

    for (unsigned i = 0; i < COMMANDS; i++)
        if (strcmp(word, commands[i].word) == 0)
            return close_output(commands[i].run(argc - 1, argv + 1));
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        print_usage(stdout);
        return close_output(0);
    }
    if (strcmp(word, "--version") == 0)
        return close_output(cli_version(argc - 1, argv + 1));
    if (*word)
        fprintf(stderr, "catena: there is no command \"%s\"\n", word);
    print_usage(stderr);
    return EXIT_USAGE;
}
