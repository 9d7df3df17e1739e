/*
 * Each SIMD variant that this CPU has against the scalar reference: all row counts, both channel
 * counts, shrinking and enlarging, extreme pixels, every small width. What a kernel may read and
 * write ends at a page that nobody may touch.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* Memory that ends at a page nobody may touch. Each test takes what it needs from the first on. */
#define AREAS      (4 * RESIZE_KERNELS_ROWS)
#define AREA_BYTES (1u << 18)
static uint8_t *area_end[AREAS];
static unsigned areas_taken;

static int map_areas(void **state)
{
    (void)state;
    for (int i = 0; i < AREAS; i++) {
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        uint8_t *area = mmap(NULL, AREA_BYTES + page, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (area == MAP_FAILED || mprotect(area + AREA_BYTES, page, PROT_NONE))
            return -1;
        area_end[i] = area + AREA_BYTES;
    }
    return 0;
}

/* Random bytes, of which those after `slack` more cannot be touched. */
static uint8_t *random_bytes(size_t count, size_t slack)
{
    assert_true(areas_taken < AREAS && count + slack <= AREA_BYTES);
    uint8_t *bytes = area_end[areas_taken++] - count - slack;
    bool extremes = random_below(3) == 0;
    for (size_t i = 0; i < count + slack; i++)
        bytes[i] = (uint8_t)(extremes ? random_below(2) * 255 : random_below(256));
    return bytes;
}

static int32_t *zero_sums(size_t count)
{
    return memset(random_bytes(count * sizeof(int32_t), 0), 0, count * sizeof(int32_t));
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

static void run_horizontal(const struct resize_kernels *kernels, const struct taps *taps,
                           unsigned channels, const uint8_t *const source[],
                           uint8_t *const target[], unsigned rows)
{
    if (channels == 3)
        kernels->horizontal3(taps, source, target, rows);
    else
        kernels->horizontal1(taps, source, target, rows);
}

static void compare_rows(const struct resize_kernels *variant, const struct taps *taps,
                         unsigned channels, const uint8_t *const source[], unsigned rows)
{
    size_t out = (size_t)taps->key.out * channels;
    uint8_t *expected[RESIZE_KERNELS_ROWS], *actual[RESIZE_KERNELS_ROWS];
    for (unsigned r = 0; r < rows; r++) {
        expected[r] = random_bytes(out, TARGET_SLACK);
        actual[r] = random_bytes(out, TARGET_SLACK);
        memset(actual[r] - TARGET_SLACK, 0x5a, TARGET_SLACK);
    }
    run_horizontal(resize_kernels_table[0], taps, channels, source, expected, rows);
    run_horizontal(variant, taps, channels, source, actual, rows);
    for (unsigned r = 0; r < rows; r++) {
        assert_memory_equal(expected[r], actual[r], out);
        for (int i = 1; i <= TARGET_SLACK; i++)
            assert_int_equal(actual[r][-i], 0x5a);
    }
}

static void compare_horizontal(const struct resize_kernels *variant, const struct taps *taps,
                               unsigned channels, unsigned rows)
{
    const uint8_t *source[RESIZE_KERNELS_ROWS];
    areas_taken = 0;
    for (unsigned r = 0; r < rows; r++)
        source[r] = random_bytes((size_t)taps->key.in * channels, SOURCE_SLACK);
    compare_rows(variant, taps, channels, source, rows);
}

static void compare_all_rows(const struct resize_kernels *variant, const struct taps *taps)
{
    for (unsigned rows = 1; rows <= RESIZE_KERNELS_ROWS; rows++) {
        compare_horizontal(variant, taps, 1, rows);
        compare_horizontal(variant, taps, 3, rows);
    }
}

/* The next variant that this CPU has, after `v`; NULL after the last. */
static const struct resize_kernels *next_variant(int *v)
{
    while (++*v < RESIZE_KERNELS_COUNT)
        if (resize_kernels_table[*v]->usable())
            return resize_kernels_table[*v];
    return NULL;
}

static void horizontal_equals_scalar(void **state)
{
    (void)state;
    const struct resize_kernels *variant;
    for (int v = 0; (variant = next_variant(&v));) {
        print_message("%s\n", variant->name);
        for (int i = 0; i < 300; i++) {
            struct taps *taps = random_taps();
            compare_all_rows(variant, taps);
            taps_free(taps);
        }
    }
}

/* One pixel, and every width around the sizes of a step; one output pixel and more. */
static void edge_widths_equal_scalar(void **state)
{
    (void)state;
    static const uint32_t outs[] = {1, 2, 64};
    const struct resize_kernels *variant;
    for (int v = 0; (variant = next_variant(&v));)
        for (uint32_t in = 1; in <= 70; in++)
            for (int o = 0; o < 3; o++) {
                struct taps_key key = {.in = in,
                                       .out = outs[o],
                                       .to = (float)in,
                                       .filter = in & 1 ? TAPS_BICUBIC : TAPS_LANCZOS};
                struct taps *taps = taps_make(&key);
                compare_all_rows(variant, taps);
                taps_free(taps);
            }
}

/* Very wide rows: weights so small that the tops' shift is the least. */
static void wide_rows_equal_scalar(void **state)
{
    (void)state;
    static const uint32_t outs[] = {1, 5, 60, 250};
    const struct resize_kernels *variant;
    for (int v = 0; (variant = next_variant(&v));)
        for (int o = 0; o < 4; o++) {
            struct taps_key key = {.in = 65535, .out = outs[o], .to = 65535};
            key.filter = (enum taps_filter)(1 + random_below(TAPS_FILTER_COUNT - 1));
            struct taps *taps = taps_make(&key);
            compare_horizontal(variant, taps, 1, RESIZE_KERNELS_ROWS);
            compare_horizontal(variant, taps, 3, 5);
            taps_free(taps);
        }
}

/* A row that drives the sums of entry j's rests to one end: white where they pull there. */
static const uint8_t *extreme_row(const struct taps *taps, uint32_t j, unsigned channels, int sign)
{
    uint8_t *row = random_bytes((size_t)taps->key.in * channels, SOURCE_SLACK);
    for (uint32_t k = 0; k < taps->count[j]; k++)
        memset(row + (size_t)(taps->first[j] + k) * channels,
               sign * taps->rest[taps->offset[j] + k] > 0 ? 255 : 0, channels);
    return row;
}

/* `narrow` promises that 16 bits hold the sums of the rests: with the worst of all pixels, too. */
static void narrow_sums_hold(void **state)
{
    (void)state;
    int kinds[3] = {0}; /* neither, narrow, both */
    const struct resize_kernels *variant;
    for (int i = 0; i < 400; i++) {
        struct taps *taps = random_taps();
        unsigned channels = 1 + 2 * random_below(2);
        uint32_t j = random_below(taps->key.out);
        for (int v = 0; (variant = next_variant(&v));) {
            const uint8_t *source[RESIZE_KERNELS_ROWS];
            areas_taken = 0;
            for (unsigned r = 0; r < RESIZE_KERNELS_ROWS; r++)
                source[r] = extreme_row(taps, j, channels, r & 1 ? 1 : -1);
            compare_rows(variant, taps, channels, source, RESIZE_KERNELS_ROWS);
        }
        kinds[taps->narrow + taps->narrow_shared]++;
        taps_free(taps);
    }
    assert_true(kinds[0] > 10 && kinds[1] > 10 && kinds[2] > 10);
}

/* The program's daily work must not fall back to the slower way unnoticed. */
static void shrinking_is_narrow(void **state)
{
    (void)state;
    int all = 0, narrow = 0;
    for (uint32_t in = 65; in < 7000; in += 1 + in / 60)
        for (enum taps_filter filter = TAPS_BOX; filter <= TAPS_BICUBIC; filter++) {
            struct taps_key key = {.in = in, .out = 64, .to = (float)in, .filter = filter};
            struct taps *taps = taps_make(&key);
            all++;
            narrow += taps->narrow;
            taps_free(taps);
        }
    assert_true(narrow >= all * 99 / 100);
}

static void compare_vertical(const struct resize_kernels *variant, size_t count, unsigned rows)
{
    const struct resize_kernels *scalar = resize_kernels_table[0];
    areas_taken = 0;
    int32_t *expected = zero_sums(count), *actual = zero_sums(count);
    uint8_t *expected_row = random_bytes(count, 0), *actual_row = random_bytes(count, 0);
    unsigned areas = areas_taken;
    for (int call = 0; call < 3; call++) {
        const uint8_t *row[RESIZE_KERNELS_ROWS];
        int32_t weight[RESIZE_KERNELS_ROWS];
        areas_taken = areas;
        for (unsigned r = 0; r < rows; r++) {
            row[r] = random_bytes(count, 0);
            weight[r] = (int32_t)random_below(3 << TAPS_BITS) - (1 << TAPS_BITS);
        }
        scalar->add(expected, row, weight, rows, count);
        variant->add(actual, row, weight, rows, count);
    }
    assert_memory_equal(expected, actual, count * sizeof *expected);
    scalar->finish(expected, expected_row, count);
    variant->finish(actual, actual_row, count);
    assert_memory_equal(expected_row, actual_row, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(actual[i], 0);
}

static void vertical_equals_scalar(void **state)
{
    (void)state;
    const struct resize_kernels *variant;
    for (int v = 0; (variant = next_variant(&v));)
        for (size_t count = 1; count < 200; count++)
            for (unsigned rows = 1; rows <= RESIZE_KERNELS_ROWS; rows++)
                compare_vertical(variant, count, rows);
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
                uint32_t g = k % TAPS_GROUP;
                int32_t top = taps->top[at - g + g / 2 + g % 2 * (TAPS_GROUP / 2)];
                assert_int_equal(weight, taps->digit[0][at] + 256 * taps->digit[1][at] +
                                             65536 * taps->digit[2][at]);
                assert_int_equal(weight, top * (1 << taps->shift) + taps->rest[at]);
                sum += weight;
            }
            /* Each weight is rounded by half a unit at most. */
            assert_true(taps->count[j] == 0 ||
                        llabs(sum - (1 << TAPS_BITS)) <= (int64_t)taps->count[j]);
            for (uint32_t k = taps->count[j]; k % TAPS_GROUP; k++) {
                uint32_t at = taps->offset[j] + k, g = k % TAPS_GROUP;
                assert_int_equal(taps_weight(taps, j, k), 0);
                assert_int_equal(taps->top[at - g + g / 2 + g % 2 * (TAPS_GROUP / 2)], 0);
                assert_int_equal(taps->rest[at], 0);
            }
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
        cmocka_unit_test(horizontal_equals_scalar), cmocka_unit_test(edge_widths_equal_scalar),
        cmocka_unit_test(wide_rows_equal_scalar),   cmocka_unit_test(narrow_sums_hold),
        cmocka_unit_test(shrinking_is_narrow),      cmocka_unit_test(vertical_equals_scalar),
        cmocka_unit_test(weights_recombine),        cmocka_unit_test(entries_ascend_and_lie_inside),
        cmocka_unit_test(cache_keeps_the_last_two),
    };
    return cmocka_run_group_tests(tests, map_areas, NULL);
}
