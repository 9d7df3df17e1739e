#include "cli/node_list.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Keeps the list sorted and free of repeats. False when it is full. */
static bool add(struct predict_nodes_options *options, int count)
{
    size_t at = 0;
    while (at < options->node_count && options->nodes[at] < count)
        at++;
    if (at < options->node_count && options->nodes[at] == count)
        return true;
    if (options->node_count == PREDICT_NODES_POINTS)
        return false;
    memmove(options->nodes + at + 1, options->nodes + at,
            (options->node_count - at) * sizeof *options->nodes);
    options->nodes[at] = count;
    options->node_count++;
    return true;
}

/* A whole number of 1 to PREDICT_NODES_MOST at *text, which moves behind it; 0: there is none. */
static int read_number(const char **text)
{
    char *end;
    if (!isdigit((unsigned char)**text))
        return 0;
    unsigned long value = strtoul(*text, &end, 10);
    *text = end;
    return value <= PREDICT_NODES_MOST ? (int)value : 0;
}

/* Every number. */
static bool add_each(struct predict_nodes_options *options, int first, int last)
{
    bool ok = true;
    for (int count = first; ok && count <= last; count++)
        ok = add(options, count);
    return ok;
}

/* Even on a logarithmic axis, and round. */
static bool add_steps(struct predict_nodes_options *options, int first, int last)
{
    static const int digits[] = {1, 2, 5};
    bool ok = add(options, first) && add(options, last);
    for (int ten = 1; ten <= last; ten *= 10)
        for (size_t i = 0; i < sizeof digits / sizeof *digits; i++)
            if (ok && digits[i] * ten > first && digits[i] * ten < last)
                ok = add(options, digits[i] * ten);
    return ok;
}

bool node_list_parse(struct predict_nodes_options *options, const char *text, const char *name,
                     struct error *error)
{
    options->node_count = 0;
    for (const char *at = text;; at++) {
        int first = read_number(&at), last = first;
        bool each = *at == '-', steps = at[0] == '.' && at[1] == '.';
        if (first && (each || steps)) {
            at += each ? 1 : 2;
            last = read_number(&at);
        }
        if (first < 1 || last < first || (*at && *at != ','))
            return error_set(error, ERROR_USAGE,
                             "--%s: '%s' is not a list of nodes such as 1,2,4 or 1..1000 (each 1 "
                             "to %d)",
                             name, text, PREDICT_NODES_MOST);
        if (!(each ? add_each(options, first, last) : add_steps(options, first, last)))
            return error_set(error, ERROR_USAGE,
                             "--%s: '%s' has more than %d numbers of nodes; .. takes steps", name,
                             text, PREDICT_NODES_POINTS);
        if (!*at)
            return true;
    }
}
