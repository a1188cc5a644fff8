/* no_time - the wall clock is an argument everywhere, so a test that lets some code ask for it is
 * wrong: the test programs are linked with --wrap=time, which leads here (ruling B29). */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

time_t __wrap_time(time_t *result);

time_t __wrap_time(time_t *result)
{
    (void)result;
    fputs("time() called: the clock is an argument\n", stderr);
    abort();
}
