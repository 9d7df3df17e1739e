/*
 * synth_plan: what picture i of a sample set is to be: kind of file, size, style.
 *
 * A plan depends on the seed, the number of the picture and the bounds of the sides alone. Kinds
 * are dealt like cards: every hundred consecutive pictures that begin at a multiple of a hundred
 * hold the shares of synth_plan_kinds exactly. Knows: GSL's generators.
 */
#ifndef PIXSCALE_DATASET_SYNTH_PLAN_H
#define PIXSCALE_DATASET_SYNTH_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include <gsl/gsl_rng.h>

#include "dataset/synth.h"

enum synth_kind {
    SYNTH_JPEG_420,
    SYNTH_JPEG_444,
    SYNTH_JPEG_420_PROGRESSIVE,
    SYNTH_JPEG_444_PROGRESSIVE,
    SYNTH_JPEG_GRAY,
    SYNTH_PNG_RGB,
    SYNTH_PNG_RGBA,
    SYNTH_PNG_GRAY,
    SYNTH_PNG_PALETTE,
    SYNTH_PNG_PALETTE_ALPHA, /* with a tRNS chunk */
    SYNTH_PNG_PALETTE_4,     /* bits a pixel */
    SYNTH_PNG_PALETTE_2,
    SYNTH_PNG_PALETTE_1,
    SYNTH_KINDS
};

enum synth_style {
    SYNTH_PRODUCT,   /* one thing on a light backdrop */
    SYNTH_STILL,     /* several things on a textured surface */
    SYNTH_LANDSCAPE, /* sky, ridges, trees, houses */
    SYNTH_LIGHTS,    /* one thing before blurred lights */
};

struct synth_kind_spec {
    uint8_t share; /* pictures in a hundred */
    bool png, gray, alpha;
    uint8_t depth;       /* bits a palette index; 0: no palette */
    bool half_chroma;    /* JPEG: 4:2:0 */
    bool progressive;    /* JPEG */
    const char *pillow;  /* Image.mode that Pillow opens it with */
    const char *summary; /* a few words for people */
};

/* One entry a kind; the shares add up to 100. */
extern const struct synth_kind_spec synth_plan_kinds[SYNTH_KINDS];

struct synth_plan {
    enum synth_kind kind;
    enum synth_style style;
    uint32_t width, height; /* pixels */
    int quality;            /* JPEG: where the search begins */
};

/* Seeds `rng` for picture i of the set. What is drawn from it afterwards belongs to the picture. */
void synth_plan_seed(gsl_rng *rng, uint64_t seed, uint64_t i);

/* Plans picture i. `rng` was seeded for it. */
void synth_plan_picture(struct synth_plan *plan, const struct synth_options *options, uint64_t i,
                        gsl_rng *rng);

#endif
