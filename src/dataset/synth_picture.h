/*
 * synth_picture: one picture of a sample set, from its number to the bytes of its file.
 *
 * A maker holds all that a thread needs and is used for any number of pictures. Knows: the other
 * synth rooms.
 */
#ifndef PIXSCALE_DATASET_SYNTH_PICTURE_H
#define PIXSCALE_DATASET_SYNTH_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "dataset/synth.h"
#include "dataset/synth_plan.h"

struct synth_maker;

/* A picture file in memory, which stays the maker's. */
struct synth_file {
    struct synth_plan plan;
    const uint8_t *data;
    size_t bytes;
};

/* NULL when memory ran out. */
struct synth_maker *synth_picture_open(void);

/* Makes picture i. NULL, or on failure the reason; both valid until the next call. */
const char *synth_picture_make(struct synth_maker *maker, const struct synth_options *options,
                               uint64_t i, struct synth_file *file);

/* NULL is allowed. */
void synth_picture_close(struct synth_maker *maker);

#endif
