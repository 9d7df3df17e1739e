#include "image/geometry.h"

#include <math.h>

struct geometry_turn geometry_turn(uint8_t orientation)
{
    static const struct geometry_turn turns[9] = {
        [2] = {.flip_x = true},
        [3] = {.flip_x = true, .flip_y = true},
        [4] = {.flip_y = true},
        [5] = {.transpose = true},
        [6] = {.transpose = true, .flip_x = true},
        [7] = {.transpose = true, .flip_x = true, .flip_y = true},
        [8] = {.transpose = true, .flip_y = true},
    };
    return turns[orientation <= 8 ? orientation : 0];
}

/* The largest centred part with the output's aspect ratio; ImageOps.fit with its defaults. */
static struct geometry_place place_cover(uint32_t width, uint32_t height, uint32_t out_width,
                                         uint32_t out_height)
{
    double source = (double)width / height;
    double output = (double)out_width / out_height;
    double crop_width = width, crop_height = height;
    if (source > output)
        crop_width = output * height;
    else if (source < output)
        crop_height = width / output;
    double left = (width - crop_width) * 0.5;
    double top = (height - crop_height) * 0.5;
    return (struct geometry_place){
        .box = {(float)left, (float)top, (float)(left + crop_width), (float)(top + crop_height)},
        .width = out_width,
        .height = out_height,
    };
}

/* Rounds half to even, as Python does; a side that would vanish is one pixel. */
static uint32_t round_side(double side)
{
    double rounded = nearbyint(side);
    return rounded < 1 ? 1 : (uint32_t)rounded;
}

/* The whole picture, as large as fits; ImageOps.contain and the centring of ImageOps.pad. */
static struct geometry_place place_pad(uint32_t width, uint32_t height, uint32_t out_width,
                                       uint32_t out_height)
{
    double source = (double)width / height;
    double output = (double)out_width / out_height;
    struct geometry_place place = {
        .box = {0, 0, (float)width, (float)height}, .width = out_width, .height = out_height};
    if (source > output)
        place.height = round_side((double)height / width * out_width);
    else if (source < output)
        place.width = round_side((double)width / height * out_height);
    if (place.width != out_width)
        place.left = (uint32_t)nearbyint((out_width - place.width) * 0.5);
    else
        place.top = (uint32_t)nearbyint((out_height - place.height) * 0.5);
    return place;
}

struct geometry_place geometry_place(enum geometry_fit fit, uint32_t width, uint32_t height,
                                     uint32_t out_width, uint32_t out_height)
{
    if (fit == GEOMETRY_COVER)
        return place_cover(width, height, out_width, out_height);
    if (fit == GEOMETRY_PAD)
        return place_pad(width, height, out_width, out_height);
    return (struct geometry_place){
        .box = {0, 0, (float)width, (float)height}, .width = out_width, .height = out_height};
}
