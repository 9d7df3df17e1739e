/*
 * synth_paint: paints a scene row by row.
 *
 * A painter holds a few rows of floats, never the picture: memory is proportional to the width.
 * Any row may be asked for at any time and comes out the same, though in order is fastest. All
 * arithmetic is IEEE single precision in a fixed order, without library functions: the same bytes
 * wherever float is that. Knows: base/buffer, synth_scene, synth_noise.
 */
#ifndef PIXSCALE_DATASET_SYNTH_PAINT_H
#define PIXSCALE_DATASET_SYNTH_PAINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "dataset/synth_scene.h"

struct synth_painter {
    const struct synth_scene *scene;
    struct synth_noise ground, cloth, drift;
    struct buffer memory; /* of all that follows */
    uint8_t *pixels;      /* the row as it is handed out */
    float *color[3], *alpha;
    float *ground_row, *cloth_row, *drift_row;
    float *ridge[SYNTH_RIDGES]; /* height of each ridge line, pixels from the top */
    float *u, *v, *cover, *ink, *tone, *shine;
    uint32_t cloth_y; /* row that cloth_row holds, or UINT32_MAX */
};

/* Prepares to paint `scene`, which must outlive the painter's use of it. A painter that is all
 * zeros is valid, and is used again for any number of scenes. False when memory ran out. */
bool synth_paint_begin(struct synth_painter *painter, const struct synth_scene *scene);

/* Row y as width × 4 bytes R, G, B, A, alpha not multiplied in; valid until the next call. */
const uint8_t *synth_paint_row(struct synth_painter *painter, uint32_t y);

void synth_paint_free(struct synth_painter *painter);

#endif
