/*
 * baseline_kernels_avx2: from coefficients to pixels with AVX2.
 * Knows: image/baseline_kernels.h.
 */
#ifndef PIXSCALE_IMAGE_BASELINE_KERNELS_AVX2_H
#define PIXSCALE_IMAGE_BASELINE_KERNELS_AVX2_H

#include "image/baseline_kernels.h"

extern const struct baseline_kernels baseline_kernels_avx2; /* usable on x86 with AVX2 only */

#endif
