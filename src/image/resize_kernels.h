/*
 * resize_kernels: the inner loops of the resampler, in variants that give equal bytes.
 *
 * The scalar variant is the reference; each SIMD variant is tested equal to it and is chosen at run
 * time, so that the binary itself stays a portable baseline build.
 * Knows: image/taps.h.
 */
#ifndef PIXSCALE_IMAGE_RESIZE_KERNELS_H
#define PIXSCALE_IMAGE_RESIZE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/taps.h"

#define RESIZE_KERNELS_ROWS 8 /* rows a horizontal call takes at most */

struct resize_kernels {
    const char *name; /* "scalar", "neon", "sse4", "avx2", "avxvnni", "vnni" */
    bool (*usable)(void);

    /* Horizontal pass over 1 … RESIZE_KERNELS_ROWS rows: entry j of the taps to pixel j of each
     * target row. Sources may be read 64 bytes beyond their end, targets written 16 bytes beyond.
     */
    void (*horizontal3)(const struct taps *taps, const uint8_t *const source[],
                        uint8_t *const target[], unsigned rows);
    void (*horizontal1)(const struct taps *taps, const uint8_t *const source[],
                        uint8_t *const target[], unsigned rows);

    /* sum[i] += Σ weight[r] · row[r][i] over 1 … RESIZE_KERNELS_ROWS rows, modulo 2^32. */
    void (*add)(int32_t *sum, const uint8_t *const row[], const int32_t weight[], unsigned rows,
                size_t count);

    /* row[i] = clamp((2^21 + sum[i]) >> 22), and sum[i] = 0. */
    void (*finish)(int32_t *sum, uint8_t *row, size_t count);
};

#define RESIZE_KERNELS_COUNT 6 /* fastest last */
extern const struct resize_kernels *const resize_kernels_table[RESIZE_KERNELS_COUNT];

/* The variant in use: the fastest that this CPU has, unless resize_kernels_use chose another. */
const struct resize_kernels *resize_kernels_current(void);

/* The scalar vertical pass, for what is left where a variant's registers do not fill: `add` from
 * sample `begin` on, and `finish`. */
void resize_kernels_add_from(size_t begin, int32_t *sum, const uint8_t *const row[],
                             const int32_t weight[], unsigned rows, size_t count);
void resize_kernels_finish(int32_t *sum, uint8_t *row, size_t count);

/* Chooses by name for the whole process, before any thread starts. False when there is no such
 * variant or this CPU lacks it. */
bool resize_kernels_use(const char *name);

#endif
