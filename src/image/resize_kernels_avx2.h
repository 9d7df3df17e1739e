/*
 * resize_kernels_avx2: the resampler's inner loops with AVX2.
 * Knows: image/resize_kernels.h.
 */
#ifndef PIXSCALE_IMAGE_RESIZE_KERNELS_AVX2_H
#define PIXSCALE_IMAGE_RESIZE_KERNELS_AVX2_H

#include "image/resize_kernels.h"

extern const struct resize_kernels resize_kernels_avx2; /* never usable but on x86 with AVX2 */

/* The vertical pass, for variants that have none of their own. Only where resize_kernels_avx2 is
 * usable. */
void resize_kernels_avx2_add(int32_t *sum, const uint8_t *const row[], const int32_t weight[],
                             unsigned rows, size_t count);
void resize_kernels_avx2_finish(int32_t *sum, uint8_t *row, size_t count);

#endif
