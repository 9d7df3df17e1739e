/*
 * resize_kernels_avxvnni: the resampler's inner loops with AVX-VNNI, for CPUs that have vpdpbusd
 * but not AVX-512. Knows: image/resize_kernels.h.
 */
#ifndef PIXSCALE_IMAGE_RESIZE_KERNELS_AVXVNNI_H
#define PIXSCALE_IMAGE_RESIZE_KERNELS_AVXVNNI_H

#include "image/resize_kernels.h"

extern const struct resize_kernels resize_kernels_avxvnni; /* never usable but on x86 that has it */

#endif
