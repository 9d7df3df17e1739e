#include "cli/bakery_values.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number that the text begins with; hexadecimal ones, "inf" and "nan" are none. */
static bool read_number(const char *text, double *value, char **end)
{
    size_t sign = *text == '-' || *text == '+';
    bool plain = isdigit((unsigned char)text[sign]) || text[sign] == '.';
    if (!plain || tolower((unsigned char)text[sign + 1]) == 'x')
        return false;
    *value = strtod(text, end);
    return *end != text && isfinite(*value);
}

bool bakery_values_real(const struct option_spec *spec, const char *text, void *target,
                        struct error *error)
{
    const struct bakery_values_range *range = spec->detail;
    double value;
    char *end;
    bool ok = read_number(text, &value, &end);
    if (ok && *end == '%') {
        value /= 100;
        end++;
    }
    if (!ok || *end || !(value >= range->least && value <= range->most))
        return error_set(error, ERROR_USAGE, "--%s: '%s' is not %s", spec->name, text, range->what);
    *(double *)target = value;
    return true;
}

bool bakery_values_minute(const struct option_spec *spec, const char *text, void *target,
                          struct error *error)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    double value;
    char *end;
    if (read_number(text, &value, &end))
        for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
            double ns = value * units[i].ns;
            if (strcmp(end, units[i].unit) == 0 && ns >= BAKERY_VALUES_LEAST_MINUTE &&
                ns <= BAKERY_VALUES_MOST_MINUTE) {
                *(int64_t *)target = llround(ns);
                return true;
            }
        }
    return error_set(error, ERROR_USAGE,
                     "--%s: '%s' is not how long a minute shall be, such as 5ms, 200us or 1s",
                     spec->name, text);
}

char *bakery_values_minute_text(int64_t ns, bool space, char text[40])
{
    bool s = ns >= 1000000000, ms = ns >= 1000000;
    char number[32];
    snprintf(text, 40, "%s%s%s",
             bakery_values_text((double)ns / (s    ? 1e9
                                              : ms ? 1e6
                                                   : 1e3),
                                number),
             space ? " " : "",
             s    ? "s"
             : ms ? "ms"
                  : "us");
    return text;
}

char *bakery_values_text(double value, char text[32])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return text;
}
