/*
 * resize_kernels_sse4: the resampler's inner loops with SSE4.1, for CPUs without AVX2.
 * Knows: image/resize_kernels.h.
 */
#ifndef PIXSCALE_IMAGE_RESIZE_KERNELS_SSE4_H
#define PIXSCALE_IMAGE_RESIZE_KERNELS_SSE4_H

#include "image/resize_kernels.h"

extern const struct resize_kernels resize_kernels_sse4; /* never usable but on x86 with SSE4.1 */

#endif
