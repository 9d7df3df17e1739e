/*
 * exif: the orientation, and nothing else, out of a TIFF block that may be hostile.
 * Source: CIPA DC-008 (Exif 2.32), tag 0x0112 of the 0th IFD.
 * Knows: nothing.
 */
#ifndef PIXSCALE_IMAGE_EXIF_H
#define PIXSCALE_IMAGE_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* `tiff` starts at the byte-order mark ("II" or "MM"). Returns 1…8; 1 when absent or senseless. */
uint8_t exif_orientation(const uint8_t *tiff, size_t size);

#endif
