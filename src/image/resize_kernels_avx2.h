/*
 * resize_kernels_avx2: the resampler's inner loops with AVX2.
 * Knows: image/resize_kernels.h.
 */
#ifndef PIXSCALE_IMAGE_RESIZE_KERNELS_AVX2_H
#define PIXSCALE_IMAGE_RESIZE_KERNELS_AVX2_H

#include "image/resize_kernels.h"

extern const struct resize_kernels resize_kernels_avx2; /* never usable but on x86 with AVX2 */

#endif
