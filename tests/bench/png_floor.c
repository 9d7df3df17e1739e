/*
 * png_floor: the least that a program must do which stands on libspng: read PNG files and decode
 * them to nothing.
 *
 * One thread, whole files from memory, each picture at once into a buffer that nobody looks at, in
 * the format that the file has (SPNG_FMT_PNG). What bench.py divides by.
 * Usage: png_floor LIST
 */
#include <stdio.h>
#include <stdlib.h>

#include <spng.h>

#include "floor.h"

static unsigned char *pixels;
static size_t pixels_capacity;

/* A damaged file is left where it fails. */
static void decode(const struct floor_file *file)
{
    size_t size;
    spng_ctx *png = spng_ctx_new(0);
    if (!png)
        exit(2);
    if (spng_set_png_buffer(png, file->data, file->size) == 0 &&
        spng_decoded_image_size(png, SPNG_FMT_PNG, &size) == 0) {
        if (size > pixels_capacity) {
            free(pixels);
            pixels = malloc(size);
            pixels_capacity = size;
        }
        if (!pixels)
            exit(2);
        spng_decode_image(png, pixels, size, SPNG_FMT_PNG, 0);
    }
    spng_ctx_free(png);
}

int main(int argc, char **argv)
{
    struct floor_file file = {0};
    FILE *list = floor_open_list(argv[argc - 1]);
    while (floor_next(list, &file))
        decode(&file);
    free(file.data);
    free(pixels);
    return 0;
}
