#include "dataset/synth_noise.h"

#include <math.h>
#include <string.h>

/* Not quite a half: the lattices of neighbouring octaves would share nodes, which shows as a grid.
 */
#define SHRINK 0.52f

/* 3t² - 2t³: no creases at the lattice lines. */
static float smooth(float t)
{
    return t * t * (3.0f - 2.0f * t);
}

static float node(uint32_t x, uint32_t y, uint32_t seed)
{
    return (float)(int32_t)synth_noise_hash(x, y, seed) * 0x1p-31f;
}

size_t synth_noise_floats(uint32_t width)
{
    return (size_t)2 * SYNTH_NOISE_OCTAVES * width;
}

void synth_noise_setup(struct synth_noise *noise, float *storage, uint32_t width,
                       const struct synth_noise_look *look, uint32_t seed)
{
    *noise = (struct synth_noise){.width = width};
    float cell = look->coarse, weight = 1.0f, squares = 0.0f;
    while (noise->octaves < SYNTH_NOISE_OCTAVES && (cell >= look->fine || noise->octaves == 0)) {
        uint32_t k = (uint32_t)noise->octaves++;
        struct synth_noise_octave *o = &noise->octave[k];
        float cell_x = fmaxf(cell * look->stretch, 1.0f);
        o->upper = storage + (size_t)(2 * k) * width;
        o->lower = o->upper + width;
        o->step_x = (uint32_t)(65536.0f / cell_x);
        o->step_y = (uint32_t)(65536.0f / fmaxf(cell, 1.0f));
        o->seed = synth_noise_hash(k, 1, seed);
        o->offset_x = synth_noise_hash(k, 2, seed) & 0xffffff;
        o->offset_y = synth_noise_hash(k, 3, seed) & 0xffffff;
        o->weight = weight;
        squares += weight * weight;
        weight *= look->persistence;
        cell *= SHRINK;
    }
    /* A node is uniform in ±1 (variance 1/3), smooth interpolation leaves 0.55 of that in each
     * direction: divide by the standard deviation that the sum has. */
    float scale = 1.0f / sqrtf(squares * 0.1f);
    for (int k = 0; k < noise->octaves; k++)
        noise->octave[k].weight *= scale;
}

static void make_line(const struct synth_noise_octave *o, uint32_t width, uint32_t line, float *out)
{
    uint32_t at = o->offset_x, x = 0;
    float left, right = node(at >> 16, line, o->seed) * o->weight;
    while (x < width) {
        uint32_t column = at >> 16;
        left = right;
        right = node(column + 1, line, o->seed) * o->weight;
        float rise = right - left;
        for (; x < width && at >> 16 == column; x++, at += o->step_x)
            out[x] = left + rise * smooth((float)(at & 0xffff) * 0x1p-16f);
    }
}

/* Brings the two lattice lines of an octave to those around `line` and the one below. */
static void move_to(struct synth_noise_octave *o, uint32_t width, uint32_t line)
{
    if (o->valid && o->line == line)
        return;
    float *spare = o->upper;
    if (o->valid && o->line + 1 == line) {
        o->upper = o->lower;
        o->lower = spare;
    } else {
        make_line(o, width, line, o->upper);
    }
    make_line(o, width, line + 1, o->lower);
    o->line = line;
    o->valid = true;
}

void synth_noise_row(struct synth_noise *noise, uint32_t y, float *out)
{
    memset(out, 0, noise->width * sizeof *out);
    for (int k = 0; k < noise->octaves; k++) {
        struct synth_noise_octave *o = &noise->octave[k];
        uint32_t at = o->offset_y + y * o->step_y;
        move_to(o, noise->width, at >> 16);
        float t = smooth((float)(at & 0xffff) * 0x1p-16f);
        const float *restrict upper = o->upper, *restrict lower = o->lower;
        float *restrict sum = out;
        for (uint32_t x = 0; x < noise->width; x++)
            sum[x] += upper[x] + (lower[x] - upper[x]) * t;
    }
}
