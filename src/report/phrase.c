#include "report/phrase.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Decimals that leave `digits` significant ones, at most `most`. */
static int decimals(double value, int digits, int most)
{
    double size = fabs(value);
    if (!isfinite(size) || size == 0)
        return digits - 1 < most ? digits - 1 : most;
    /* 9.996 with three digits is 10.0 and not 10.00: what counts is the rounded number. */
    int whole = (int)floor(log10(size * (1 + 0.5 * pow(10, -digits)))) + 1;
    int places = digits - whole;
    return places < 0 ? 0 : places > most ? most : places;
}

static int factor_decimals(double value)
{
    return decimals(value, 3, 2);
}

static int percent_decimals(double percent)
{
    return fabs(percent) >= 9.95 ? decimals(percent, 3, 1) : decimals(percent, 2, 4);
}

static void number(char *text, size_t size, double value, int places)
{
    if (isnan(value))
        snprintf(text, size, "?");
    else if (isinf(value))
        snprintf(text, size, "any");
    else
        snprintf(text, size, "%.*f", places, fabs(value) < 0.5 * pow(10, -places) ? 0 : value);
}

static char *range(char *text, double low, double high, int places)
{
    char from[PHRASE_SIZE / 2 - 4], to[PHRASE_SIZE / 2 - 4];
    number(from, sizeof from, low, places);
    number(to, sizeof to, high, places);
    snprintf(text, PHRASE_SIZE, "%s to %s", from, to);
    return text;
}

char *phrase_factor(char *text, double value)
{
    char digits[PHRASE_SIZE - 4];
    number(digits, sizeof digits, value, factor_decimals(value));
    snprintf(text, PHRASE_SIZE, "%sx", digits);
    return text;
}

char *phrase_percent(char *text, double share)
{
    char digits[PHRASE_SIZE - 4];
    number(digits, sizeof digits, 100 * share, share == 0 ? 0 : percent_decimals(100 * share));
    snprintf(text, PHRASE_SIZE, "%s %%", digits);
    return text;
}

char *phrase_seconds(char *text, double seconds)
{
    static const char *const units[] = {"s", "ms", "us"};
    int unit = 0;
    for (; unit < 2 && fabs(seconds) < 0.1; unit++)
        seconds *= 1000;
    char digits[PHRASE_SIZE - 4];
    number(digits, sizeof digits, seconds, decimals(seconds, 4, 3));
    snprintf(text, PHRASE_SIZE, "%s %s", digits, units[unit]);
    return text;
}

char *phrase_factor_range(char *text, struct study_interval interval, double value)
{
    return range(text, interval.low, interval.high, factor_decimals(value));
}

/* An estimate of 0 says nothing of the scale; the upper end does. */
char *phrase_percent_range(char *text, struct study_interval interval, double share)
{
    double scale = share > 0 ? share : interval.high;
    return range(text, 100 * interval.low, 100 * interval.high, percent_decimals(100 * scale));
}

const char *phrase_plural(double count)
{
    return count == 1 ? "" : "s";
}

const char *phrase_cores(double cores)
{
    return fabs(cores) <= 1 ? "of a core" : "cores";
}

char *phrase_note(char *text, const char *note, const char *worker)
{
    static const char word[] = "thread";
    size_t used = 0;
    text[0] = '\0';
    while (*note && used + 16 < PHRASE_NOTE) {
        bool found = strncmp(note, word, sizeof word - 1) == 0;
        int length = found ? snprintf(text + used, PHRASE_NOTE - used, "%.12s", worker)
                           : snprintf(text + used, PHRASE_NOTE - used, "%c", *note);
        used += (size_t)length;
        note += found ? sizeof word - 1 : 1;
    }
    return text;
}

bool phrase_known(struct study_interval interval)
{
    return !isnan(interval.low) && !isnan(interval.high);
}
