/*
 * Each SIMD variant against the scalar reference: all row counts, both channel counts, shrinking
 * and enlarging, extreme pixels. Buffers end where the contract says a kernel may read and write,
 * so that a sanitizer sees one byte more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/resize_kernels.h"

#define SOURCE_SLACK 64
#define TARGET_SLACK 16

static uint64_t random_state = 88172645463325252u;

/* xorshift64 (Marsaglia 2003). */
static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 20) % limit;
}

static uint8_t *random_bytes(size_t count, size_t slack)
{
    uint8_t *bytes = malloc(count + slack);
    assert_non_null(bytes);
    bool extremes = random_below(3) == 0;
    for (size_t i = 0; i < count + slack; i++)
        bytes[i] = (uint8_t)(extremes ? random_below(2) * 255 : random_below(256));
    return bytes;
}

static struct taps *random_taps(void)
{
    struct taps_key key = {.in = 1 + random_below(random_below(4) ? 900 : 9),
                           .out = 1 + random_below(random_below(4) ? 120 : 9),
                           .filter = (enum taps_filter)random_below(TAPS_FILTER_COUNT),
                           .mirror = random_below(2)};
    key.to = (float)key.in;
    if (random_below(3) == 0 && key.in > 4) {
        key.from = (float)random_below(1000) / 1001.0f;
        key.to -= (float)random_below(1000) / 777.0f;
    }
    struct taps *taps = taps_make(&key);
    assert_non_null(taps);
    return taps;
}

static void compare_horizontal(const struct resize_kernels *variant, const struct taps *taps,
                               unsigned channels, unsigned rows)
{
    const struct resize_kernels *scalar = resize_kernels_table[0];
    size_t in = (size_t)taps->key.in * channels, out = (size_t)taps->key.out * channels;
    const uint8_t *source[RESIZE_KERNELS_ROWS];
    uint8_t *expected[RESIZE_KERNELS_ROWS], *actual[RESIZE_KERNELS_ROWS];
    for (unsigned r = 0; r < rows; r++) {
        source[r] = random_bytes(in, SOURCE_SLACK);
        expected[r] = random_bytes(out, TARGET_SLACK);
        actual[r] = random_bytes(out, TARGET_SLACK);
    }
    if (channels == 3) {
        scalar->horizontal3(taps, source, expected, rows);
        variant->horizontal3(taps, source, actual, rows);
    } else {
        scalar->horizontal1(taps, source, expected, rows);
        variant->horizontal1(taps, source, actual, rows);
    }
    for (unsigned r = 0; r < rows; r++) {
        assert_memory_equal(expected[r], actual[r], out);
        free((void *)source[r]);
        free(expected[r]);
        free(actual[r]);
    }
}

static void horizontal_equals_scalar(void **state)
{
    (void)state;
    for (int v = 1; v < RESIZE_KERNELS_COUNT; v++) {
        if (!resize_kernels_table[v]->usable()) {
            print_message("%s: this CPU has it not\n", resize_kernels_table[v]->name);
            continue;
        }
        for (int i = 0; i < 300; i++) {
            struct taps *taps = random_taps();
            for (unsigned rows = 1; rows <= RESIZE_KERNELS_ROWS; rows++) {
                compare_horizontal(resize_kernels_table[v], taps, 1, rows);
                compare_horizontal(resize_kernels_table[v], taps, 3, rows);
            }
            taps_free(taps);
        }
    }
}

static void compare_vertical(const struct resize_kernels *variant, size_t count, unsigned rows)
{
    const struct resize_kernels *scalar = resize_kernels_table[0];
    const uint8_t *row[RESIZE_KERNELS_ROWS];
    int32_t weight[RESIZE_KERNELS_ROWS];
    int32_t *expected = calloc(count, sizeof *expected), *actual = calloc(count, sizeof *actual);
    uint8_t *expected_row = random_bytes(count, 0), *actual_row = random_bytes(count, 0);
    assert_true(expected && actual);
    for (int call = 0; call < 3; call++) {
        for (unsigned r = 0; r < rows; r++) {
            row[r] = random_bytes(count, 0);
            weight[r] = (int32_t)random_below(3 << TAPS_BITS) - (1 << TAPS_BITS);
        }
        scalar->add(expected, row, weight, rows, count);
        variant->add(actual, row, weight, rows, count);
        for (unsigned r = 0; r < rows; r++)
            free((void *)row[r]);
    }
    assert_memory_equal(expected, actual, count * sizeof *expected);
    scalar->finish(expected, expected_row, count);
    variant->finish(actual, actual_row, count);
    assert_memory_equal(expected_row, actual_row, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(actual[i], 0);
    free(expected);
    free(actual);
    free(expected_row);
    free(actual_row);
}

static void vertical_equals_scalar(void **state)
{
    (void)state;
    for (int v = 1; v < RESIZE_KERNELS_COUNT; v++)
        for (size_t count = 1; resize_kernels_table[v]->usable() && count < 200; count++)
            for (unsigned rows = 1; rows <= RESIZE_KERNELS_ROWS; rows++)
                compare_vertical(resize_kernels_table[v], count, rows);
}

/* Both forms of a weight give it back, and what pads them is zero. */
static void weights_recombine(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        struct taps *taps = random_taps();
        for (uint32_t j = 0; j < taps->key.out; j++) {
            int64_t sum = 0;
            for (uint32_t k = 0; k < taps->count[j]; k++) {
                uint32_t at = taps->offset[j] + k;
                int32_t weight = taps_weight(taps, j, k);
                assert_int_equal(weight, taps->digit[0][at] + 256 * taps->digit[1][at] +
                                             65536 * taps->digit[2][at]);
                sum += weight;
            }
            /* Each weight is rounded by half a unit at most. */
            assert_true(taps->count[j] == 0 ||
                        llabs(sum - (1 << TAPS_BITS)) <= (int64_t)taps->count[j]);
            for (uint32_t k = taps->count[j]; k % TAPS_GROUP; k++)
                assert_int_equal(taps_weight(taps, j, k), 0);
        }
        taps_free(taps);
    }
}

static void entries_ascend_and_lie_inside(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        struct taps *taps = random_taps();
        for (uint32_t j = 0; j < taps->key.out; j++) {
            assert_true(taps->first[j] + taps->count[j] <= taps->key.in);
            if (j) {
                assert_true(taps->first[j - 1] <= taps->first[j]);
                assert_true(taps->first[j - 1] + taps->count[j - 1] <=
                            taps->first[j] + taps->count[j]);
            }
        }
        taps_free(taps);
    }
}

static void cache_keeps_the_last_two(void **state)
{
    (void)state;
    struct taps_cache *cache = taps_cache_new();
    struct taps_key big = {.in = 60000, .out = 300, .to = 60000, .filter = TAPS_LANCZOS};
    struct taps_key other = {.in = 50000, .out = 299, .to = 50000, .filter = TAPS_LANCZOS};
    const struct taps *first = taps_cache_get(cache, &big);
    const struct taps *second = taps_cache_get(cache, &other);
    assert_true(first->bytes > TAPS_CACHE_BYTES && second->bytes > TAPS_CACHE_BYTES);
    assert_int_equal(first->key.in, 60000); /* still there: a sanitizer would see a freed one */
    assert_int_equal(second->key.in, 50000);
    struct taps_key small = {.in = 500, .out = 64, .to = 500, .filter = TAPS_BICUBIC};
    const struct taps *third = taps_cache_get(cache, &small);
    assert_ptr_equal(third, taps_cache_get(cache, &small));
    taps_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(horizontal_equals_scalar), cmocka_unit_test(vertical_equals_scalar),
        cmocka_unit_test(weights_recombine),        cmocka_unit_test(entries_ascend_and_lie_inside),
        cmocka_unit_test(cache_keeps_the_last_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
