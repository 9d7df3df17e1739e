#include "image/pixel.h"

static const struct pixel_layout layouts[PIXEL_FORMAT_COUNT] = {
    [PIXEL_GRAY1] = {.mode = "1", .channels = 1, .depth = 1, .gray = true},
    [PIXEL_GRAY2] = {.mode = "L", .channels = 1, .depth = 2, .gray = true},
    [PIXEL_GRAY4] = {.mode = "L", .channels = 1, .depth = 4, .gray = true},
    [PIXEL_GRAY8] = {.mode = "L", .channels = 1, .depth = 8, .gray = true},
    [PIXEL_GRAY16] = {.mode = "I;16", .channels = 1, .depth = 16, .gray = true},
    [PIXEL_GRAYA8] = {.mode = "LA", .channels = 2, .depth = 8, .gray = true, .alpha = true},
    [PIXEL_GRAYA16] = {.mode = "LA", .channels = 2, .depth = 16, .gray = true, .alpha = true},
    [PIXEL_PALETTE1] = {.mode = "P", .channels = 1, .depth = 1, .palette = true},
    [PIXEL_PALETTE2] = {.mode = "P", .channels = 1, .depth = 2, .palette = true},
    [PIXEL_PALETTE4] = {.mode = "P", .channels = 1, .depth = 4, .palette = true},
    [PIXEL_PALETTE8] = {.mode = "P", .channels = 1, .depth = 8, .palette = true},
    [PIXEL_RGB8] = {.mode = "RGB", .channels = 3, .depth = 8},
    [PIXEL_RGB16] = {.mode = "RGB", .channels = 3, .depth = 16},
    [PIXEL_RGBA8] = {.mode = "RGBA", .channels = 4, .depth = 8, .alpha = true},
    [PIXEL_RGBA16] = {.mode = "RGBA", .channels = 4, .depth = 16, .alpha = true},
    [PIXEL_CMYK8_INVERTED] = {.mode = "CMYK", .channels = 4, .depth = 8},
};

const struct pixel_layout *pixel_layout(enum pixel_format format)
{
    return &layouts[format];
}

size_t pixel_row_bytes(enum pixel_format format, uint32_t width)
{
    const struct pixel_layout *layout = &layouts[format];
    return ((size_t)width * layout->channels * layout->depth + 7) / 8;
}
