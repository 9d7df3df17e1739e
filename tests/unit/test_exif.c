/* Orientation out of TIFF blocks, good and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "image/exif.h"

/* Byte by byte as the standard prints them: header, one IFD of two entries. */
static const uint8_t little[] = {'I', 'I', 42, 0, 8, 0,   0,   0,   2, 0,    0x0f, 0x01, 2,
                                 0,   4,   0,  0, 0, 'a', 'b', 'c', 0, 0x12, 0x01, 3,    0,
                                 1,   0,   0,  0, 6, 0,   0,   0,   0, 0,    0,    0};
static const uint8_t big[] = {'M', 'M', 0, 42, 0, 0,   0,   8,   0, 2,    0x01, 0x0f, 0,
                              2,   0,   0, 0,  4, 'a', 'b', 'c', 0, 0x01, 0x12, 0,    3,
                              0,   0,   0, 1,  0, 6,   0,   0,   0, 0,    0,    0};
#define VALUE_LITTLE 30 /* offset of the orientation's low byte */
#define VALUE_BIG    31

/* The block in memory of exactly its size, so that a sanitizer sees a byte too much. */
static uint8_t exact(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    uint8_t orientation = exif_orientation(copy, size);
    free(copy);
    return orientation;
}

static void all_values_in_both_orders(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 256; value++) {
        uint8_t block[sizeof little];
        uint8_t expected = value >= 1 && value <= 8 ? (uint8_t)value : 1;
        memcpy(block, little, sizeof block);
        block[VALUE_LITTLE] = (uint8_t)value;
        assert_int_equal(exact(block, sizeof block), expected);
        memcpy(block, big, sizeof block);
        block[VALUE_BIG] = (uint8_t)value;
        assert_int_equal(exact(block, sizeof block), expected);
    }
}

static void cut_anywhere_is_upright_or_right(void **state)
{
    (void)state;
    for (size_t size = 0; size <= sizeof big; size++) {
        /* The entry ends with its padding, four bytes before the link to the next IFD. */
        uint8_t expected = size >= sizeof big - 4 ? 6 : 1;
        assert_int_equal(exact(big, size), expected);
        assert_int_equal(exact(little, size), expected);
    }
}

static void other_types(void **state)
{
    (void)state;
    static const uint8_t takes[14] = {[1] = 1, [3] = 1, [4] = 1};
    for (uint8_t type = 0; type < 14; type++) {
        uint8_t block[sizeof little];
        memcpy(block, little, sizeof block);
        block[24] = type;
        assert_int_equal(exact(block, sizeof block), takes[type] ? 6 : 1);
    }
    uint8_t two[sizeof little];
    memcpy(two, little, sizeof two);
    two[26] = 2; /* a count of two is no orientation */
    assert_int_equal(exact(two, sizeof two), 1);
}

static void senseless_headers(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {{0, 'J'}, {1, 'M'}, {2, 43}, {4, 0xff}, {7, 0xff}, {4, 37}, {8, 0}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        uint8_t block[sizeof little];
        memcpy(block, little, sizeof block);
        block[changes[i].at] = changes[i].value;
        assert_int_equal(exact(block, sizeof block), 1);
    }
}

/* Every single byte set to every value: nothing but 1 … 8 comes out, nothing is read outside. */
static void no_byte_hurts(void **state)
{
    (void)state;
    uint8_t block[sizeof big];
    for (size_t at = 0; at < sizeof big; at++)
        for (unsigned value = 0; value < 256; value++) {
            memcpy(block, big, sizeof block);
            block[at] = (uint8_t)value;
            assert_in_range(exact(block, sizeof block), 1, 8);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_values_in_both_orders),
        cmocka_unit_test(cut_anywhere_is_upright_or_right),
        cmocka_unit_test(other_types),
        cmocka_unit_test(senseless_headers),
        cmocka_unit_test(no_byte_hurts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
