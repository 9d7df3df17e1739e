/*
 * rank_ties: finds the record of one kind that belongs to a set, by a text that both hold.
 *
 * A merge is tied to its set by the set's name, the freezing of a list to those that used it by the
 * hash of the list. Knows: report/readings.h.
 */
#ifndef PIXSCALE_REPORT_RANK_TIES_H
#define PIXSCALE_REPORT_RANK_TIES_H

#include <stdbool.h>
#include <stddef.h>

#include "report/readings.h"

struct rank_tie;

struct rank_ties {
    struct rank_tie *list; /* sorted by text, and within one by the order of the files */
    size_t count;
};

/* Collects the merges by the names of their sets, and the freezings by the hash of the list. False:
 * no memory. Freed by rank_ties_free in either case. */
bool rank_ties_merges(struct rank_ties *ties, const struct readings *readings);
bool rank_ties_freezings(struct rank_ties *ties, const struct readings *readings);
void rank_ties_free(struct rank_ties *ties);

/* The last one with that text, in the order of the files, or NULL. `text` may be NULL. */
const struct record *rank_ties_last(const struct rank_ties *ties, const char *text);

#endif
