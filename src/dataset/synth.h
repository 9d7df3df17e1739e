/*
 * synth: a sample data set like the talk's: product-photo-like pictures of mixed formats and sizes.
 *
 * Texture with a 1/f spectrum, edges and shapes; JPEG (4:2:0, 4:4:4, some progressive, some gray;
 * 0.3 to 2 bit a pixel) and PNG (RGB, RGBA, palette, gray); sides from 200 to 3000 pixels. Picture
 * i depends on (seed, i) alone, so the files are the same for every thread count. Knows: base,
 * libjpeg, libspng, GSL's generators, OpenMP.
 */
#ifndef PIXSCALE_DATASET_SYNTH_H
#define PIXSCALE_DATASET_SYNTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Longest side that can be asked for: libjpeg writes none above 65500. */
#define SYNTH_MAX_SIDE 65500

struct synth_options {
    uint32_t count; /* pictures */
    uint64_t seed;
    uint32_t min_side, max_side; /* pixels; defaults 200 and 3000 */
    int threads;                 /* 0: as OpenMP decides */
    bool force;                  /* write into a folder that is not empty */
};

struct synth_result {
    uint64_t files, bytes, pixels;
    uint32_t jpeg, png;
};

/* Called by thread 0 between pictures with the number done so far; may be NULL. */
typedef void (*synth_progress_fn)(void *user, uint64_t done, uint64_t total);

/* Makes the folder and writes the pictures as DIR/000000.jpg, DIR/000001.png, …
 * A failure removes nothing but leaves no half-written picture under its final name. */
bool synth_write(const char *folder, const struct synth_options *options,
                 synth_progress_fn progress, void *user, struct synth_result *result,
                 struct error *error);

#endif
