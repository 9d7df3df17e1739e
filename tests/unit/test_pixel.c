#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "image/pixel.h"

/* Bits a pixel, by PNG's table of colour types and depths (PNG specification, 11.2.2). */
static const struct {
    enum pixel_format format;
    unsigned bits;
    const char *mode; /* what Pillow calls such a picture */
} formats[] = {
    {PIXEL_GRAY1, 1, "1"},      {PIXEL_GRAY2, 2, "L"},
    {PIXEL_GRAY4, 4, "L"},      {PIXEL_GRAY8, 8, "L"},
    {PIXEL_GRAY16, 16, "I;16"}, {PIXEL_GRAYA8, 16, "LA"},
    {PIXEL_GRAYA16, 32, "LA"},  {PIXEL_PALETTE1, 1, "P"},
    {PIXEL_PALETTE2, 2, "P"},   {PIXEL_PALETTE4, 4, "P"},
    {PIXEL_PALETTE8, 8, "P"},   {PIXEL_RGB8, 24, "RGB"},
    {PIXEL_RGB16, 48, "RGB"},   {PIXEL_RGBA8, 32, "RGBA"},
    {PIXEL_RGBA16, 64, "RGBA"}, {PIXEL_CMYK8_INVERTED, 32, "CMYK"},
};

static void every_format_is_described(void **state)
{
    (void)state;
    assert_int_equal(sizeof formats / sizeof *formats, PIXEL_FORMAT_COUNT);
    for (int i = 0; i < PIXEL_FORMAT_COUNT; i++) {
        const struct pixel_layout *layout = pixel_layout(formats[i].format);
        assert_int_equal(layout->channels * layout->depth, formats[i].bits);
        assert_string_equal(layout->mode, formats[i].mode);
        assert_int_equal(layout->alpha, strchr(layout->mode, 'A') != NULL);
        assert_int_equal(layout->palette, strcmp(layout->mode, "P") == 0);
        bool color = layout->palette || layout->channels - layout->alpha > 1;
        assert_int_equal(layout->gray, !color);
    }
}

static void rows_are_packed(void **state)
{
    (void)state;
    const uint32_t widths[] = {1, 2, 3, 7, 8, 9, 64, 65535, 0x7fffffff, UINT32_MAX};
    for (int i = 0; i < PIXEL_FORMAT_COUNT; i++)
        for (size_t k = 0; k < sizeof widths / sizeof *widths; k++) {
            uint64_t bits = (uint64_t)widths[k] * formats[i].bits;
            size_t bytes = pixel_row_bytes(formats[i].format, widths[k]);
            assert_true(bytes * 8 >= bits && bytes * 8 < bits + 8);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_is_described),
        cmocka_unit_test(rows_are_packed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
