/*
 * synth_scene: a picture as a list of things to paint, from the back to the front.
 *
 * A backdrop (a gradient with texture), ridges (for landscapes), and parts: ellipses and boxes with
 * rounded corners, tilted, sheared, tapered, each with its colours, pattern, shading and softness;
 * shadows and blurred lights are parts too. Colours are 0…255, lengths pixels. Knows: synth_plan,
 * synth_noise.
 */
#ifndef PIXSCALE_DATASET_SYNTH_SCENE_H
#define PIXSCALE_DATASET_SYNTH_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include <gsl/gsl_rng.h>

#include "dataset/synth_noise.h"
#include "dataset/synth_plan.h"

#define SYNTH_PARTS  160
#define SYNTH_RIDGES 4

enum synth_pattern {
    SYNTH_PLAIN,
    SYNTH_STRIPES,
    SYNTH_CHECK,
    SYNTH_DOTS,
    SYNTH_TEXT, /* blocks like lines of print */
};

/* A point (x, y) of the picture lies at u = ux·x + uy·y + u0 and v = vx·x + vy·y + v0 of the part,
 * which reaches from -1 to 1 in both. */
struct synth_part {
    bool ellipse; /* else a box with rounded corners */
    enum synth_pattern pattern;
    float ux, uy, u0, vx, vy, v0;
    float rx, ry;        /* pixels from the centre to the sides */
    float corner;        /* radius of a box's corners, pixels */
    float taper;         /* u grows by this share for each unit of v */
    float hole;          /* an ellipse's: radius relative to its own, 0 for none */
    float soft;          /* pixels over which the edge fades; at least 1 */
    float opacity;       /* 0…1 */
    float color[3];      /* of the part */
    float ink[3];        /* of its pattern */
    float frequency;     /* of the pattern: repetitions from -1 to 1 */
    float light_u;       /* brightness gained from u = 0 to u = 1, relative */
    float light_v;       /* the same for v */
    float curve;         /* brightness lost towards u = ±1, as on a cylinder */
    float gloss;         /* height of the highlight, 0…255 */
    float gloss_u;       /* its place */
    float gloss_v;       /* */
    float texture;       /* amplitude, 0…255 */
    uint32_t seed;       /* of the pattern */
    uint32_t first, end; /* rows that it may touch */
};

struct synth_ridge {
    float color[3];
    float height;  /* share of the picture below its mean line */
    float swing;   /* pixels, standard deviation of the line */
    float texture; /* amplitude, 0…255 */
    uint32_t seed;
};

struct synth_backdrop {
    float top[3], middle[3], bottom[3];
    float horizon;  /* share of the height at which it is `middle` */
    float side;     /* brightness gained from left to right, relative */
    float vignette; /* brightness lost in the corners, relative */
    float texture;  /* amplitude, 0…255 */
    float clouds;   /* how far texture above 0 whitens what is above the horizon, 0…1 */
    uint8_t alpha;  /* 0: a cut-out, only parts are opaque */
};

struct synth_scene {
    uint32_t width, height;
    struct synth_backdrop backdrop;
    uint32_t ridges, parts;
    struct synth_ridge ridge[SYNTH_RIDGES];
    struct synth_part part[SYNTH_PARTS];
    struct synth_noise_look ground, cloth, skyline; /* of backdrop and ridges, parts, ridge lines */
    uint32_t seed;                                  /* of all texture */
    float grain;                                    /* amplitude of the sensor's noise, 0…255 */
    float tint; /* colour drift over the picture, amplitude 0…255 */
};

/* Composes the picture that `plan` asks for. */
void synth_scene_compose(struct synth_scene *scene, const struct synth_plan *plan, gsl_rng *rng);

#endif
