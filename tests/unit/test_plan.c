#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset/manifest_cost.h"
#include "pipeline/plan.h"

#define COUNT 5000

static struct manifest_entry entries[COUNT];

/* A manifest with many equal sizes, so that ties are common. */
static struct manifest random_manifest(size_t count)
{
    static const char *const paths[] = {"a.jpg", "b.png", "dir.png/c", ".png", "D.PNG", "e"};
    uint32_t seed = 12345;
    struct manifest manifest = {.entries = entries, .count = count};
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525 + 1013904223;
        entries[i] = (struct manifest_entry){
            .path = paths[(seed >> 8) % 6],
            .bytes = (seed >> 16) % 4 ? (seed >> 20) % 50 * 1000 : 1u << (seed >> 27),
            .kind = (seed >> 12) % 9 ? MANIFEST_REGULAR : MANIFEST_SPECIAL,
        };
    }
    return manifest;
}

static void assert_permutation(const struct plan *plan, size_t count)
{
    static bool seen[COUNT];
    memset(seen, 0, sizeof seen);
    assert_int_equal(plan->count, count);
    for (size_t k = 0; k < count; k++) {
        assert_true(plan->order[k] < count);
        assert_false(seen[plan->order[k]]);
        seen[plan->order[k]] = true;
    }
}

static void costliest_first(void **state)
{
    (void)state;
    const size_t counts[] = {0, 1, 2, 3, 100, COUNT};
    for (int i = 0; i < 6; i++) {
        struct manifest manifest = random_manifest(counts[i]);
        struct plan plan;
        struct error error;
        assert_true(plan_make(&plan, &manifest, PLAN_COST, &error));
        assert_permutation(&plan, counts[i]);
        for (size_t k = 1; k < counts[i]; k++) {
            uint32_t a = plan.order[k - 1], b = plan.order[k];
            uint64_t cost_a = manifest_cost(&entries[a]), cost_b = manifest_cost(&entries[b]);
            assert_true(cost_a > cost_b || (cost_a == cost_b && a < b));
        }
        plan_free(&plan);
        assert_null(plan.order);
        plan_free(&plan); /* twice does no harm */
    }
}

static void as_listed(void **state)
{
    (void)state;
    struct manifest manifest = random_manifest(COUNT);
    struct plan plan;
    struct error error;
    assert_true(plan_make(&plan, &manifest, PLAN_INPUT, &error));
    assert_int_equal(plan.count, COUNT);
    for (size_t k = 0; k < COUNT; k++)
        assert_int_equal(plan.order[k], k);
    plan_free(&plan);
}

static uint64_t cost(const char *path, uint64_t bytes, enum manifest_kind kind)
{
    return manifest_cost(
        &(struct manifest_entry){.path = path, .bytes = bytes, .kind = (uint16_t)kind});
}

static void cost_follows_size_and_ending(void **state)
{
    (void)state;
    assert_int_equal(cost("a.jpg", 1000000, MANIFEST_FOLDER), 0);
    assert_int_equal(cost("a.jpg", 1000000, MANIFEST_MISSING), 0);
    assert_true(cost("a.jpg", 0, MANIFEST_REGULAR) > 0);
    for (uint64_t bytes = 1; bytes < UINT64_C(1) << 40; bytes *= 2) {
        assert_true(cost("a.jpg", bytes, MANIFEST_REGULAR) <
                    cost("a", 2 * bytes, MANIFEST_REGULAR));
        assert_true(cost("a.png", bytes, MANIFEST_REGULAR) < cost("a", bytes, MANIFEST_REGULAR));
        assert_int_equal(cost("a.PNG", bytes, MANIFEST_REGULAR),
                         cost("b.png", bytes, MANIFEST_REGULAR));
        assert_int_equal(cost("a.png/b", bytes, MANIFEST_REGULAR),
                         cost("c.jpeg", bytes, MANIFEST_REGULAR));
    }
}

static void too_many_inputs_are_refused(void **state)
{
    (void)state;
    struct manifest manifest = {.count = (size_t)UINT32_MAX + 1};
    struct plan plan;
    struct error error = {0};
    assert_false(
        plan_make(&plan, &manifest, PLAN_INPUT, &error)); /* before an entry is looked at */
    assert_int_equal(error.kind, ERROR_USAGE);
    plan_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costliest_first),
        cmocka_unit_test(as_listed),
        cmocka_unit_test(cost_follows_size_and_ending),
        cmocka_unit_test(too_many_inputs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
