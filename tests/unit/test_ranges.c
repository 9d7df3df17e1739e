#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/ranges.h"

#define MOST 300

static uint64_t state_of_random = 88172645463325252;

/* xorshift64 (Marsaglia 2003) */
static uint64_t next_random(void)
{
    state_of_random ^= state_of_random << 13;
    state_of_random ^= state_of_random >> 7;
    state_of_random ^= state_of_random << 17;
    return state_of_random;
}

static uint64_t sum(const uint64_t *costs, uint64_t from, uint64_t count)
{
    uint64_t total = 0;
    for (uint64_t i = from; i < from + count; i++)
        total += costs[i];
    return total;
}

/* Ranges lie one behind the other and hold every item once; each item is where ranges_of says; none
 * is off an n-th of the whole by more than the items at its ends. */
static void check(const uint64_t *costs, uint64_t count, uint64_t n)
{
    uint64_t total = sum(costs, 0, count), at = 0, before = 0, largest = 0;
    for (uint64_t i = 0; i < count; i++)
        largest = costs[i] > largest ? costs[i] : largest;
    for (uint64_t k = 0; k < n; k++) {
        struct range range = ranges_cut(costs, count, k, n);
        assert_int_equal(range.first, at);
        assert_true(range.count <= count - at);
        for (uint64_t i = range.first; total && i < range.first + range.count; i++) {
            assert_int_equal(ranges_of(before, costs[i], total, n), k);
            before += costs[i];
        }
        double part = (double)sum(costs, range.first, range.count),
               fair = (double)total / (double)n;
        assert_true(part <= fair + (double)largest + 1e-9 * (double)total);
        assert_true(part >= fair - (double)largest - 1e-9 * (double)total);
        at += range.count;
    }
    assert_int_equal(at, count);
}

static void every_item_has_one_range(void **state)
{
    (void)state;
    static uint64_t costs[MOST];
    for (int round = 0; round < 2000; round++) {
        uint64_t count = next_random() % MOST, n = 1 + next_random() % 40;
        int kind = round % 5;
        for (uint64_t i = 0; i < count; i++) {
            uint64_t any = next_random();
            costs[i] = kind == 0   ? any % 1000
                       : kind == 1 ? (any & 7 ? 0 : any % 100)
                       : kind == 2 ? any >> 9 /* 300 of them fit */
                       : kind == 3 ? 1
                                   : UINT64_C(1) << (any % 50);
        }
        check(costs, count, n);
    }
}

static void equal_where_all_cost_nothing(void **state)
{
    (void)state;
    const uint64_t costs[10] = {0};
    for (uint64_t k = 0; k < 5; k++) {
        struct range range = ranges_cut(costs, 10, k, 5);
        assert_int_equal(range.first, 2 * k);
        assert_int_equal(range.count, 2);
    }
    assert_int_equal(ranges_cut(costs, 0, 0, 1).count, 0);
    assert_int_equal(ranges_cut(costs, 0, 2, 3).count, 0);
}

static void more_ranges_than_items(void **state)
{
    (void)state;
    const uint64_t costs[3] = {5, 1, 4};
    check(costs, 3, 64);
    check(costs, 3, 1000000);
}

/* By hand: the middles of 1 2 3 4 of 10 are at 0.5, 2, 4.5 and 8. */
static void cut_by_hand(void **state)
{
    (void)state;
    const uint64_t costs[4] = {1, 2, 3, 4};
    struct range first = ranges_cut(costs, 4, 0, 2), second = ranges_cut(costs, 4, 1, 2);
    assert_int_equal(first.count, 3);
    assert_int_equal(second.first, 3);
    assert_int_equal(second.count, 1);
    assert_int_equal(ranges_cut(costs, 4, 0, 5).count, 1); /* 2 is the border of 0 and 1 */
    assert_int_equal(ranges_cut(costs, 4, 1, 5).count, 1);
    assert_int_equal(ranges_cut(costs, 4, 2, 5).count, 1);
    assert_int_equal(ranges_cut(costs, 4, 3, 5).count, 0);
    assert_int_equal(ranges_cut(costs, 4, 4, 5).count, 1);
}

static void numbers_at_the_end_of_64_bits(void **state)
{
    (void)state;
    const uint64_t most = UINT64_MAX;
    assert_int_equal(ranges_of(0, most, most, 1), 0);
    assert_int_equal(ranges_of(most, 0, most, 7), 6); /* costs nothing, behind all */
    assert_int_equal(ranges_of(most - 1, 1, most, most), most - 1);
    assert_int_equal(ranges_of(0, most, most, most), most / 2);
    assert_int_equal(ranges_of(most / 2, 0, most, 2), 0);
    assert_int_equal(ranges_of(most / 2 + 1, 0, most, 2), 1);
    const uint64_t costs[2] = {most / 2, most - most / 2};
    assert_int_equal(ranges_cut(costs, 2, 0, 2).count, 1);
    assert_int_equal(ranges_cut(costs, 2, 1, 2).count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_has_one_range),
        cmocka_unit_test(equal_where_all_cost_nothing),
        cmocka_unit_test(more_ranges_than_items),
        cmocka_unit_test(cut_by_hand),
        cmocka_unit_test(numbers_at_the_end_of_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
