/*
 * synth_things: blueprints of the things that stand in the pictures: bottles, mugs, books, trees.
 *
 * A thing is a list of parts within a square that reaches from -1 to 1, y downwards. Knows:
 * nothing.
 */
#ifndef PIXSCALE_DATASET_SYNTH_THINGS_H
#define PIXSCALE_DATASET_SYNTH_THINGS_H

#include <stdbool.h>
#include <stdint.h>

/* Whose colour a part has; each thing draws one colour for each. */
enum synth_role {
    SYNTH_MAIN,
    SYNTH_SHADE, /* a darker main */
    SYNTH_TINGE, /* a lighter main */
    SYNTH_ACCENT,
    SYNTH_PAPER, /* nearly white */
    SYNTH_DARK,  /* nearly black */
    SYNTH_METAL,
    SYNTH_WOOD,
    SYNTH_LEAF,
    SYNTH_ROLES
};

enum synth_surface {
    SYNTH_FLAT,
    SYNTH_ROUND,  /* shaded like a cylinder */
    SYNTH_GLOSSY, /* with a highlight */
    SYNTH_ROUGH,  /* with much texture */
};

struct synth_blueprint {
    bool ellipse;
    bool casts;     /* a shadow */
    bool decorated; /* may have a pattern */
    bool printed;   /* has lines of print */
    enum synth_role role;
    enum synth_surface surface;
    float x, y, rx, ry;   /* centre and half sides */
    float corner;         /* relative to the shorter half side */
    float taper, hole;    /* as in struct synth_part */
    float skew_x, skew_y; /* shift of x for each unit of y, and the reverse */
    float angle;          /* degrees, clockwise */
};

struct synth_thing {
    const char *name;
    const struct synth_blueprint *parts;
    int count;
    float width; /* half width relative to the half height */
    float floor; /* y at which it stands; 0 when it lies and is seen from above */
};

/* Things of shops, and things of landscapes; `*count` becomes how many. */
const struct synth_thing *synth_things_goods(int *count);
const struct synth_thing *synth_things_outdoors(int *count);

#endif
