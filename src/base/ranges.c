#include "base/ranges.h"

#include <stdbool.h>
#include <stddef.h>

__extension__ typedef unsigned __int128 wide;

uint64_t ranges_of(uint64_t before, uint64_t cost, uint64_t total, uint64_t n)
{
    /* (before + cost / 2) * n / total, rounded down. No term is above n * total, which fits. */
    wide middle = (wide)before * n + (wide)cost * n / 2;
    uint64_t range = (uint64_t)(middle / total);
    return range < n ? range : n - 1; /* n for what costs nothing at the very end */
}

struct range ranges_cut(const uint64_t *costs, uint64_t count, uint64_t k, uint64_t n)
{
    struct range range = {0, 0};
    uint64_t total = 0, before = 0;
    for (uint64_t i = 0; i < count; i++)
        total += costs[i];
    bool equal = total == 0;
    if (equal)
        total = count;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t cost = equal ? 1 : costs[i], of = ranges_of(before, cost, total, n);
        if (of > k)
            break;
        if (of < k)
            range.first++;
        else
            range.count++;
        before += cost;
    }
    return range;
}
