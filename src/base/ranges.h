/*
 * ranges: a list cut into contiguous ranges of nearly equal cost.
 *
 * An item belongs to the range in which the middle of its cost lies, when the costs of all are laid
 * end to end and the whole is cut into n equal parts. So every item has one range, ranges keep the
 * order of the list, none differs from total/n by more than the two items at its ends, and anybody
 * who knows the costs finds the same cuts. Integers only. Knows: libc.
 */
#ifndef PIXSCALE_BASE_RANGES_H
#define PIXSCALE_BASE_RANGES_H

#include <stdint.h>

struct range {
    uint64_t first, count; /* items */
};

/* In which of `n` ranges, counted from 0, an item of `cost` lies before which items of `before` in
 * all lie, of `total`. n at least 1, total more than 0 and at least before + cost. */
uint64_t ranges_of(uint64_t before, uint64_t cost, uint64_t total, uint64_t n);

/* Range k of n, counted from 0, of a list of `count` items with these costs, whose sum is below
 * 2^64. Where all cost nothing, each counts as much as another. An empty range begins where the
 * next one does. Two passes over the costs. */
struct range ranges_cut(const uint64_t *costs, uint64_t count, uint64_t k, uint64_t n);

#endif
