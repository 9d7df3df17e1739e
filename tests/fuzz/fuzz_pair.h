/*
 * fuzz_pair: one picture through two decoders that must say the same of it.
 *
 * Both statuses, both sentences, what the header said, and every byte of every row: any difference
 * traps. A picture that one decoder refuses late is compared up to there.
 */
#ifndef PIXSCALE_TESTS_FUZZ_PAIR_H
#define PIXSCALE_TESTS_FUZZ_PAIR_H

#include <stddef.h>
#include <stdint.h>

#include "image/codec.h"

/* One of the two, and how it is asked. */
struct fuzz_pair_side {
    const struct codec *codec;
    void *state; /* of that codec; takes picture after picture, as a worker's does */
    struct codec_limits limits;
    unsigned eighths; /* how large the picture shall come, 1 to 8 */
    unsigned strip;   /* rows at a time, 1 to FUZZ_PAIR_MAX_STRIP */
};

#define FUZZ_PAIR_MAX_STRIP 9

void fuzz_pair_compare(const uint8_t *data, size_t size, const struct fuzz_pair_side *first,
                       const struct fuzz_pair_side *second);

#endif
