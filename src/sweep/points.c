#include "sweep/points.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Keeps the list sorted and free of repeats. False when it is full. */
static bool add(struct points *points, int threads)
{
    size_t at = 0;
    while (at < points->count && points->threads[at] < threads)
        at++;
    if (at < points->count && points->threads[at] == threads)
        return true;
    if (points->count == POINTS_MAX)
        return false;
    memmove(points->threads + at + 1, points->threads + at,
            (points->count - at) * sizeof *points->threads);
    points->threads[at] = threads;
    points->count++;
    return true;
}

void points_default(struct points *points, int cpus, bool oversubscribe)
{
    int most = cpus < 1 ? 1 : cpus;
    if (oversubscribe)
        most *= 2;
    if (most > POINTS_MAX_THREADS)
        most = POINTS_MAX_THREADS;
    *points = (struct points){.count = 0};
    add(points, 1);
    /* Steps of 1.33 and 1.5 in turn: even on a logarithmic axis, and dense where curves bend. */
    for (int power = 2; power <= most; power *= 2) {
        add(points, power);
        if (power + power / 2 <= most)
            add(points, power + power / 2);
    }
    if (cpus >= 1 && cpus <= most)
        add(points, cpus);
    add(points, most);
}

/* A whole number of 1 … POINTS_MAX_THREADS at *text, which moves behind it; 0 when there is none.
 */
static int read_number(const char **text)
{
    if (!isdigit((unsigned char)**text))
        return 0;
    char *end;
    unsigned long value = strtoul(*text, &end, 10);
    *text = end;
    return value <= POINTS_MAX_THREADS ? (int)value : 0;
}

bool points_parse(struct points *points, const char *text, struct error *error)
{
    *points = (struct points){.count = 0};
    for (const char *at = text;; at++) {
        int first = read_number(&at), last = first;
        if (first && *at == '-') {
            at++;
            last = read_number(&at);
        }
        if (first < 1 || last < first || (*at && *at != ','))
            return error_set(error, ERROR_USAGE,
                             "'%s' is not a list of threads such as 1,2,4 or 1-4,8 (each 1 to %d)",
                             text, POINTS_MAX_THREADS);
        for (int threads = first; threads <= last; threads++)
            if (!add(points, threads))
                return error_set(error, ERROR_USAGE, "'%s' has more than %d numbers of threads",
                                 text, POINTS_MAX);
        if (!*at)
            return true;
    }
}
