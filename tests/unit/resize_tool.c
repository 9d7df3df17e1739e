/*
 * resize_tool: the resampler alone as a filter, for comparison with Pillow.
 * Usage: resize_tool KERNELS, then on stdin one line a case and its pixels:
 *   "W H CHANNELS FILTER OUT_W OUT_H FIT ORIENTATION STRIP\n" + W*H*CHANNELS bytes
 * Writes for each "WIDTH HEIGHT\n" + the resampled pixels (without padding).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/resize.h"
#include "image/resize_kernels.h"

static unsigned char *read_pixels(size_t rows, size_t row_bytes)
{
    /* Each row ends at the end of its own block but for the slack that is promised. */
    unsigned char *pixels = malloc(rows * (row_bytes + 64));
    for (size_t y = 0; pixels && y < rows; y++)
        if (fread(pixels + y * (row_bytes + 64), 1, row_bytes, stdin) != row_bytes)
            exit(2);
    return pixels;
}

int main(int argc, char **argv)
{
    if (argc != 2 || !resize_kernels_use(argv[1]))
        return 77;
    unsigned w, h, channels, filter, out_w, out_h, fit, orientation, strip;
    struct resize *resize = resize_new();
    while (scanf("%u %u %u %u %u %u %u %u %u", &w, &h, &channels, &filter, &out_w, &out_h, &fit,
                 &orientation, &strip) == 9 &&
           getchar() == '\n') {
        size_t row_bytes = (size_t)w * channels;
        unsigned char *pixels = read_pixels(h, row_bytes);
        struct resize_job job = {.width = w,
                                 .height = h,
                                 .channels = (uint8_t)channels,
                                 .filter = (enum taps_filter)filter,
                                 .turn = geometry_turn((uint8_t)orientation)};
        bool across = job.turn.transpose;
        job.place =
            geometry_place((enum geometry_fit)fit, across ? h : w, across ? w : h, out_w, out_h);
        size_t bytes = (size_t)job.place.width * job.place.height * channels;
        job.out = malloc(bytes);
        job.out_stride = (size_t)job.place.width * channels;
        if (!pixels || !job.out || !resize_begin(resize, &job))
            return 3;
        memset(job.out, 0xaa, bytes);
        for (unsigned y = 0; y < h; y += strip) {
            const uint8_t *row[64];
            unsigned count = h - y < strip ? h - y : strip;
            for (unsigned r = 0; r < count; r++)
                row[r] = pixels + (y + r) * (row_bytes + 64);
            resize_rows(resize, row, count);
        }
        printf("%u %u\n", job.place.width, job.place.height);
        fwrite(job.out, 1, bytes, stdout);
        free(job.out);
        free(pixels);
    }
    resize_free(resize);
    return 0;
}
