/*
 * convert_rows: converts rows that come on stdin, for comparison with another program.
 *
 * A job is a line of decimal numbers
 *     FORMAT WIDTH HEIGHT LUMA BLEND R G B HIGH HAS_KEY KEY0 KEY1 KEY2
 * then 1024 bytes of palette, then the packed rows. The answer is one byte, the channels, then the
 * converted rows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/convert.h"

int main(void)
{
    unsigned n[13];
    uint8_t palette[256][4];
    while (scanf("%u%u%u%u%u%u%u%u%u%u%u%u%u", &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6],
                 &n[7], &n[8], &n[9], &n[10], &n[11], &n[12]) == 13 &&
           getchar() == '\n' && n[0] < PIXEL_FORMAT_COUNT) {
        if (fread(palette, sizeof palette, 1, stdin) != 1)
            return 1;
        struct picture picture = {
            .format = n[0],
            .width = n[1],
            .height = n[2],
            .palette = (const uint8_t(*)[4])palette,
            .has_key = n[9],
            .key = {(uint16_t)n[10], (uint16_t)n[11], (uint16_t)n[12]},
        };
        struct convert_options options = {
            .luma = n[3],
            .blend = n[4],
            .background = {(uint8_t)n[5], (uint8_t)n[6], (uint8_t)n[7]},
            .gray16_high = n[8],
        };
        struct convert convert;
        convert_prepare(&convert, &picture, &options);
        /* Exact sizes, so that a sanitizer sees any step beyond them; all is read before anything
         * is written, so that neither side waits for the other. */
        size_t bytes = pixel_row_bytes(picture.format, n[1]);
        size_t out = (size_t)n[1] * convert.channels;
        uint8_t *source = malloc(bytes), *target = malloc(out), *all = malloc(out * n[2]);
        for (unsigned y = 0; source && target && all && y < n[2]; y++) {
            if (fread(source, 1, bytes, stdin) != bytes)
                return 1;
            convert.row(&convert, source, target, n[1]);
            memcpy(all + y * out, target, out);
        }
        putchar(convert.channels);
        fwrite(all, out, n[2], stdout);
        free(source);
        free(target);
        free(all);
        fflush(stdout);
    }
    return 0;
}
