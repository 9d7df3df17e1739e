/*
 * Any bytes as a JPEG, through both decoders: the one for ordinary pictures, which gives up where
 * something surprises, and libjpeg alone. Whatever the bytes are, both must say the same of them,
 * and hand out the same rows.
 *
 * The last byte chooses how large the picture comes, in how many rows at a time, and whether one
 * that is cut is wanted. What stands behind the end of a picture means nothing to a decoder.
 */
#include <stdint.h>
#include <stdlib.h>

#include "fuzz_main.h"
#include "fuzz_pair.h"
#include "image/codec_jpeg.h"

#define MAX_PIXELS (1u << 18)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_pair_side side[2];
    if (size < 2)
        return 0;
    uint8_t tail = data[size - 1];
    for (int i = 0; i < 2; i++) {
        side[i].codec = &codec_jpeg;
        if (!side[i].state && !(side[i].state = codec_jpeg.create()))
            abort();
        side[i].limits = (struct codec_limits){
            .max_pixels = MAX_PIXELS, .accept_truncated = tail & 4, .library_only = i};
        side[i].eighths = 8u >> (tail & 3);
        side[i].strip = 1 + (i ? tail >> 5 : (tail >> 3) % FUZZ_PAIR_MAX_STRIP);
    }
    fuzz_pair_compare(data, size, &side[0], &side[1]);
    return 0;
}
