/*
 * synth_noise: smooth random texture, row by row, with a 1/f-like spectrum.
 *
 * Value noise on lattices: octave k has random values at the nodes of a grid whose cells are about
 * half as large as those of octave k-1, and is interpolated in between. The two lattice lines
 * around a row are kept as full rows, so that a row costs one multiplication an octave and pixel;
 * the lines themselves are made anew once a cell. Rows may be asked for in any order, and give the
 * same values in each. Knows: libc.
 */
#ifndef PIXSCALE_DATASET_SYNTH_NOISE_H
#define PIXSCALE_DATASET_SYNTH_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Halving twelve times leads from the largest picture to single pixels. */
#define SYNTH_NOISE_OCTAVES 12

struct synth_noise_look {
    float coarse, fine; /* pixels a cell of the first and of the last octave */
    float persistence;  /* amplitude of an octave relative to the one before */
    float stretch;      /* width of a cell relative to its height: wood, water, cloth */
};

struct synth_noise_octave {
    float *upper, *lower; /* lattice lines above and below the row, `width` values each */
    uint32_t step_x, step_y, offset_x, offset_y; /* lattice units of 1/65536 */
    uint32_t seed;
    uint32_t line; /* number of the upper line */
    bool valid;
    float weight;
};

struct synth_noise {
    uint32_t width;
    int octaves;
    struct synth_noise_octave octave[SYNTH_NOISE_OCTAVES];
};

/* Floats of storage that a noise of this width needs. */
size_t synth_noise_floats(uint32_t width);

/* Prepares a noise over `storage`, which stays the caller's. */
void synth_noise_setup(struct synth_noise *noise, float *storage, uint32_t width,
                       const struct synth_noise_look *look, uint32_t seed);

/* Writes `width` values of row y: mean about 0, standard deviation about 1, never beyond ±11. */
void synth_noise_row(struct synth_noise *noise, uint32_t y, float *out);

/* A well-mixed function of three integers; the randomness of lattices, grain and patterns. */
static inline uint32_t synth_noise_hash(uint32_t x, uint32_t y, uint32_t seed)
{
    uint32_t h = x * 0x9e3779b1u ^ y * 0x85ebca77u ^ seed;
    h = (h ^ h >> 15) * 0x2c1b3c6du;
    h = (h ^ h >> 12) * 0x297a2d39u;
    return h ^ h >> 15;
}

#endif
