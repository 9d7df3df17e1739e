/* Every filter variant against the specification's formula, on rows of every small length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "image/png_unfilter.h"
#include "png_files.h"

#define SLACK  16
#define PIXELS 70

/* Bytes that are often equal, often extreme, so that ties and wrap-around are met. */
static void fill(uint8_t *row, size_t bytes, uint32_t *random)
{
    for (size_t i = 0; i < bytes; i++) {
        uint32_t r = png_random(random);
        row[i] = (uint8_t)(r & 0x300 ? r : r & 0x1000 ? 255 : r & 3);
    }
}

static void equal_to_reference(void **state)
{
    (void)state;
    static const unsigned sizes[] = {1, 2, 3, 4, 6, 8};
    uint32_t random = 1;
    for (unsigned s = 0; s < 6; s++)
        for (unsigned filter = 0; filter < PNG_UNFILTER_COUNT; filter++)
            for (unsigned width = 1; width <= PIXELS; width++) {
                size_t bytes = (size_t)width * sizes[s];
                uint8_t *source = malloc(bytes + SLACK), *prior = malloc(bytes + SLACK);
                uint8_t *row = malloc(bytes + SLACK), *expected = malloc(bytes);
                fill(source, bytes + SLACK, &random);
                fill(prior, bytes + SLACK, &random);
                png_unfilter_reference(filter, sizes[s], expected, source, prior, bytes);
                png_unfilter_for(8 * sizes[s])[filter](row, source, prior, bytes);
                assert_memory_equal(row, expected, bytes);
                memset(row, 0, bytes);
                png_unfilter_plain(8 * sizes[s])[filter](row, source, prior, bytes);
                assert_memory_equal(row, expected, bytes);
                free(source), free(prior), free(row), free(expected);
            }
}

static void small_depths_count_as_a_byte(void **state)
{
    (void)state;
    for (unsigned bits = 1; bits < 8; bits *= 2)
        assert_ptr_equal(png_unfilter_for(bits), png_unfilter_for(8));
}

/* The reference itself, on the specification's own words: filtering is the inverse. */
static void reference_undoes_filtering(void **state)
{
    (void)state;
    uint8_t prior[] = {10, 200, 30, 255}, raw[] = {250, 1, 128, 77};
    /* Filtered by hand with one byte a pixel: raw minus (none, left, above, mean, Paeth). */
    static const uint8_t filtered[PNG_UNFILTER_COUNT][4] = {
        {250, 1, 128, 77},   {250, 7, 127, 205}, {240, 57, 98, 78},
        {245, 32, 113, 142}, {240, 7, 127, 78},
    };
    for (unsigned filter = 0; filter < PNG_UNFILTER_COUNT; filter++) {
        uint8_t row[4];
        png_unfilter_reference(filter, 1, row, filtered[filter], prior, 4);
        for (int i = 0; i < 4; i++)
            assert_int_equal(row[i], raw[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_to_reference),
        cmocka_unit_test(small_depths_count_as_a_byte),
        cmocka_unit_test(reference_undoes_filtering),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
