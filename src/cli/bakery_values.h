/*
 * bakery_values: parsers of option values that the tasks of the bakery share.
 * Knows: cli/options.h.
 */
#ifndef PIXSCALE_CLI_BAKERY_VALUES_H
#define PIXSCALE_CLI_BAKERY_VALUES_H

#include "cli/options.h"

#define BAKERY_VALUES_LEAST_MINUTE 1000          /* 1 us, in ns */
#define BAKERY_VALUES_MOST_MINUTE  3600000000000 /* 1 h */

/* Bounds of a real number, both allowed, and what it is: "a share of the work from 0 to 1". */
struct bakery_values_range {
    double least, most;
    const char *what;
};

/* double; detail: bakery_values_range. "0.1" or "10%". */
bool bakery_values_real(const struct option_spec *spec, const char *text, void *target,
                        struct error *error);

/* int64_t, in ns: the length of a simulated minute, "5ms", "200us", "1s". */
bool bakery_values_minute(const struct option_spec *spec, const char *text, void *target,
                          struct error *error);

/* A minute's length as bakery_values_minute reads it: "5ms", with a space before the unit if
 * wanted.
 */
char *bakery_values_minute_text(int64_t ns, bool space, char text[40]);

/* The shortest decimal number that reads back as the same value. */
char *bakery_values_text(double value, char text[32]);

#endif
