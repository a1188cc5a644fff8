/* catena version - what this build is and what it can check. */
#include <stdio.h>
#include <string.h>

#include "lib/crypto/algorithm.h"
#include "lib/dnssec/rules.h"
#include "resolver/cli/cli.h"

static const char usage[] =
    "usage: catena version\n\n"
    "Prints versions, libraries, and for every DNSSEC algorithm and DS digest\n"
    "whether it is validated here: by OpenSSL and its policy, and by default.\n";

static const char unsupported[] = "unsupported: OpenSSL or its policy does not offer it";
static const char *const validated[] = { "off by default (dnssec.sha1)", "validated" };

static void print_algorithms(const struct crypto *crypto)
{
    for (unsigned number = 0; number < 256; number++) {
        const struct algorithm *algorithm = algorithm_find((uint8_t)number);
        if (algorithm)
            printf("  %3u %-20s %s\n", number, algorithm->mnemonic,
                   crypto_has_algorithm(crypto, (uint8_t)number) ? validated[algorithm->trusted]
                                                                 : unsupported);
    }
    printf("DS digests\n");
    for (unsigned type = 0; type < 256; type++) {
        const struct ds_digest *digest = ds_digest_find((uint8_t)type);
        if (digest)
            printf("  %3u %-20s %s\n", type, digest->mnemonic,
                   crypto_has_ds_digest(crypto, (uint8_t)type) ? validated[digest->trusted]
                                                               : unsupported);
    }
}

int cli_version(int argc, char **argv)
{
    struct crypto *crypto;

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(usage, stdout);
        return 0;
    }
    if (argc > 1) {
        fprintf(stderr, "catena: version takes no \"%s\"\n%s", argv[1], usage);
        return EXIT_USAGE;
    }
    crypto = crypto_create();
    if (!crypto) {
        fprintf(stderr,
                "catena: OpenSSL cannot be used: it offers no SHA-256, or there is no memory\n");
        return EXIT_UNAVAILABLE;
    }
    printf("catena " CATENA_VERSION "\n%s\n", crypto_version());
    printf("algorithms\n");
    print_algorithms(crypto);
    crypto_destroy(crypto);
    return 0;
}
