/*
 * Any bytes as a PNG, through both ways to decode one: inflated at once by libdeflate, and streamed
 * by libspng. Whatever the bytes are, both must say the same of them, and hand out the same rows;
 * but for what fuzz_reserved.h tells of.
 *
 * The last byte chooses in how many rows at a time, whether one that is cut is wanted, and how much
 * may be inflated at once. What stands behind the end of a picture means nothing to a decoder.
 */
#include <stdint.h>
#include <stdlib.h>

#include "fuzz_main.h"
#include "fuzz_pair.h"
#include "fuzz_reserved.h"
#include "image/codec_png.h"

#define MAX_PIXELS (1u << 18) /* 2 MB of rows at most: past the bound of the checksum, too */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t at_once[] = {0, 0, 4096, 65536}; /* 0: as much as it likes */
    static struct fuzz_pair_side side[2];
    if (size < 2 || fuzz_reserved_code(data, size))
        return 0;
    uint8_t tail = data[size - 1];
    for (int i = 0; i < 2; i++) {
        side[i].codec = i ? &codec_png_streamed : &codec_png;
        if (!side[i].state && !(side[i].state = side[i].codec->create()))
            abort();
        side[i].limits = (struct codec_limits){.max_pixels = MAX_PIXELS,
                                               .accept_truncated = tail & 1,
                                               .at_once_bytes = i ? 0 : at_once[tail >> 1 & 3]};
        side[i].eighths = 8;
        side[i].strip = 1 + (i ? tail >> 5 : (tail >> 3) % FUZZ_PAIR_MAX_STRIP);
    }
    fuzz_pair_compare(data, size, &side[0], &side[1]);
    return 0;
}
