/*
 * resize_kernels_neon: the resampler's inner loops for 64-bit Arm, where every CPU has NEON.
 * Knows: image/resize_kernels.h.
 */
#ifndef PIXSCALE_IMAGE_RESIZE_KERNELS_NEON_H
#define PIXSCALE_IMAGE_RESIZE_KERNELS_NEON_H

#include "image/resize_kernels.h"

extern const struct resize_kernels resize_kernels_neon; /* never usable but on 64-bit Arm */

#endif
