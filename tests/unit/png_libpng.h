/*
 * png_libpng: libpng as the second opinion: rows in the file's own format, and files of every kind.
 */
#ifndef PIXSCALE_TESTS_PNG_LIBPNG_H
#define PIXSCALE_TESTS_PNG_LIBPNG_H

#include <setjmp.h>
#include <stdbool.h>
#include <png.h>

#include "png_files.h"

struct reference {
    uint32_t width, height;
    unsigned bits; /* a pixel */
    size_t row_bytes;
    uint8_t *rows;
};

struct reader {
    const struct bytes *png;
    size_t at;
};

static inline void reference_quiet(png_structp png, png_const_charp message)
{
    (void)png, (void)message;
}

static inline void reference_failed(png_structp png, png_const_charp message)
{
    (void)message;
    png_longjmp(png, 1);
}

static inline void reference_read(png_structp png, png_bytep target, size_t size)
{
    struct reader *reader = png_get_io_ptr(png);
    if (reader->png->size - reader->at < size)
        png_error(png, "ends");
    memcpy(target, reader->png->data + reader->at, size);
    reader->at += size;
}

/* False when libpng finds an error before the last row, or refuses more than `max` pixels. */
static inline bool reference_decode(const struct bytes *file, uint64_t max,
                                    struct reference *reference)
{
    struct reader reader = {.png = file};
    png_bytep *volatile row = NULL;
    volatile bool done = false;
    *reference = (struct reference){0};
    png_structp png =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, reference_failed, reference_quiet);
    png_infop info = png_create_info_struct(png);
    if (setjmp(png_jmpbuf(png)) == 0) {
        png_set_read_fn(png, &reader, reference_read);
        png_read_info(png, info);
        reference->width = png_get_image_width(png, info);
        reference->height = png_get_image_height(png, info);
        reference->bits =
            (unsigned)png_get_channels(png, info) * (unsigned)png_get_bit_depth(png, info);
        reference->row_bytes = png_get_rowbytes(png, info);
        if ((uint64_t)reference->width * reference->height <= max) {
            png_set_interlace_handling(png);
            png_read_update_info(png, info);
            reference->rows = calloc(reference->height, reference->row_bytes);
            row = malloc(reference->height * sizeof *row);
            for (uint32_t y = 0; y < reference->height; y++)
                row[y] = reference->rows + y * reference->row_bytes;
            png_read_image(png, row);
            done = true;
        }
    }
    free(row);
    png_destroy_read_struct(&png, &info, NULL);
    return done;
}

static inline void reference_free(struct reference *reference)
{
    free(reference->rows);
    reference->rows = NULL;
}

/* Bits behind the last pixel of a row mean nothing. */
static inline bool rows_equal(const uint8_t *a, const uint8_t *b, size_t bits)
{
    if (memcmp(a, b, bits / 8) != 0)
        return false;
    unsigned rest = bits % 8;
    return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

struct make {
    uint32_t width, height;
    int depth, color, interlace;
    int filters;   /* PNG_FILTER_… or PNG_ALL_FILTERS */
    unsigned idat; /* bytes an IDAT chunk holds at most */
    uint32_t seed;
};

static inline void make_write(png_structp png, png_bytep data, size_t size)
{
    bytes_add(png_get_io_ptr(png), data, size);
}

static inline void make_flush(png_structp png)
{
    (void)png;
}

/* A picture that is smooth here and noisy there, so that every filter has its uses. */
static inline struct bytes make_png(const struct make *make)
{
    struct bytes file = {0};
    uint32_t random = make->seed * 2654435761u + 1;
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, reference_failed, reference_quiet);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, &file, make_write, make_flush);
    png_set_IHDR(png, info, make->width, make->height, make->depth, make->color, make->interlace, 0,
                 0);
    png_set_filter(png, 0, make->filters);
    png_set_compression_level(png, 1);
    png_set_compression_buffer_size(png, make->idat);
    if (make->color == PNG_COLOR_TYPE_PALETTE) {
        png_color palette[256];
        for (int i = 0; i < 256; i++)
            palette[i] = (png_color){(png_byte)i, (png_byte)(i * 7), (png_byte)(255 - i)};
        png_set_PLTE(png, info, palette, 1 << make->depth);
    }
    png_write_info(png, info);
    size_t bytes = png_get_rowbytes(png, info);
    uint8_t *rows = malloc(bytes * make->height);
    for (size_t i = 0; i < bytes * make->height; i++) {
        uint32_t r = png_random(&random);
        rows[i] = (uint8_t)((i / bytes) % 8 < 2 ? r : (i % bytes) + 3 * (i / bytes) + r % 3);
    }
    png_bytep *row = malloc(make->height * sizeof *row);
    for (uint32_t y = 0; y < make->height; y++)
        row[y] = rows + y * bytes;
    png_write_image(png, row);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    free(row);
    free(rows);
    return file;
}

#endif
