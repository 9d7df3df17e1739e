/*
 * geometry_places: what image/geometry makes of shapes, for comparison with Pillow's ImageOps.
 * Stdin: "FIT WIDTH HEIGHT OUT_WIDTH OUT_HEIGHT" a line; stdout: the box as hexadecimal floats,
 * then width, height, left and top.
 */
#include <stdio.h>

#include "image/geometry.h"

int main(void)
{
    unsigned fit, width, height, out_width, out_height;
    while (scanf("%u %u %u %u %u", &fit, &width, &height, &out_width, &out_height) == 5) {
        struct geometry_place place =
            geometry_place((enum geometry_fit)fit, width, height, out_width, out_height);
        for (int i = 0; i < 4; i++)
            printf("%a ", (double)place.box[i]);
        printf("%u %u %u %u\n", place.width, place.height, place.left, place.top);
    }
    return ferror(stdin) ? 1 : 0;
}
