#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *text_count(char *text, uint64_t value)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
    char *out = text;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = '\0';
    return text;
}

/* Digits behind the point that leave three significant ones. */
static int decimals(double value)
{
    return value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
}

char *text_bytes(char *text, double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    int unit = 0;
    while (bytes >= 999.5 && unit < 5) {
        bytes /= 1000;
        unit++;
    }
    snprintf(text, TEXT_SIZE, "%.*f %s", unit ? decimals(bytes) : 0, bytes, units[unit]);
    return text;
}

char *text_duration(char *text, double seconds)
{
    if (seconds < 0)
        seconds = 0;
    long whole = lround(seconds < 1e9 ? seconds : 1e9);
    if (seconds < 99.95)
        snprintf(text, TEXT_SIZE, "%.*f s", decimals(seconds), seconds);
    else if (whole < 3600)
        snprintf(text, TEXT_SIZE, "%ld min %02ld s", whole / 60, whole % 60);
    else
        snprintf(text, TEXT_SIZE, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
    return text;
}

char *text_rate(char *text, double value)
{
    if (!isfinite(value) || value < 0)
        value = 0;
    if (value < 999.5)
        snprintf(text, TEXT_SIZE, "%.*f", decimals(value), value);
    else
        text_count(text, (uint64_t)(value < 1e18 ? value + 0.5 : 1e18));
    return text;
}

char *text_close(FILE *stream, char **text)
{
    bool failed = ferror(stream) != 0;
    if (fclose(stream) == 0 && !failed && *text)
        return *text;
    free(*text);
    return *text = NULL;
}
