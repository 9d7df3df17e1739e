#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "profile/slots.h"

#define ITEMS 20000

static void no_threads_no_slots(void **state)
{
    (void)state;
    assert_null(slots_new(0));
    assert_null(slots_new(-1));
    slots_free(NULL);
}

static void new_slots_are_zero_and_apart(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 65; threads += 8) {
        struct slots *slots = slots_new(threads);
        assert_non_null(slots);
        struct slots_totals t = {1, 1, 1, 1};
        slots_sum(slots, &t);
        assert_true(t.items == 0 && t.failed == 0 && t.bytes == 0 && t.pixels == 0);
        for (int i = 0; i < threads; i++) {
            assert_int_equal((uintptr_t)slots_of(slots, i) % 64, 0);
            if (i)
                assert_true((uintptr_t)slots_of(slots, i) - (uintptr_t)slots_of(slots, i - 1) >=
                            64);
        }
        slots_free(slots);
    }
}

/* Nothing is lost whatever the team, and what thread 0 reads meanwhile never goes back. */
static void sums_are_exact_after_the_join(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 8; threads *= 2) {
        struct slots *slots = slots_new(threads);
        assert_non_null(slots);
        int went_back = 0;
#pragma omp parallel num_threads(threads)
        {
            int me = omp_get_thread_num();
            struct slot *slot = slots_of(slots, me);
            struct slots_totals last = {0}, now;
#pragma omp for schedule(dynamic, 1) nowait
            for (int i = 0; i < ITEMS; i++) {
                struct slots_totals add = {.items = 1,
                                           .failed = i % 7 == 0,
                                           .bytes = (uint64_t)i << 20,
                                           .pixels = (uint64_t)i * (uint64_t)i};
                slots_add(slot, &add);
                if (me == 0) {
                    slots_sum(slots, &now);
                    went_back += now.items < last.items || now.failed < last.failed ||
                                 now.bytes < last.bytes || now.pixels < last.pixels;
                    last = now;
                }
            }
        }
        struct slots_totals t;
        slots_sum(slots, &t);
        uint64_t n = ITEMS;
        assert_int_equal(went_back, 0);
        assert_int_equal(t.items, n);
        assert_int_equal(t.failed, (n + 6) / 7);
        assert_int_equal(t.bytes, (n * (n - 1) / 2) << 20);
        assert_int_equal(t.pixels, (n - 1) * n * (2 * n - 1) / 6);
        slots_free(slots);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_threads_no_slots),
        cmocka_unit_test(new_slots_are_zero_and_apart),
        cmocka_unit_test(sums_are_exact_after_the_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
