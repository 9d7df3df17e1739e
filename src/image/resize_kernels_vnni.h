/*
 * resize_kernels_vnni: the resampler's horizontal loops with AVX-512 VNNI and VBMI, in 256-bit
 * registers. Knows: image/resize_kernels.h.
 */
#ifndef PIXSCALE_IMAGE_RESIZE_KERNELS_VNNI_H
#define PIXSCALE_IMAGE_RESIZE_KERNELS_VNNI_H

#include "image/resize_kernels.h"

extern const struct resize_kernels resize_kernels_vnni; /* never usable but on x86 that has both */

#endif
