/*
 * manifest_sort: puts entries into the byte-wise (strcmp) order of their paths.
 *
 * Private to the manifest's files. Knows: dataset/manifest.h.
 */
#ifndef PIXSCALE_DATASET_MANIFEST_SORT_H
#define PIXSCALE_DATASET_MANIFEST_SORT_H

#include <stdbool.h>

#include "base/error.h"
#include "dataset/manifest.h"

/* Sorts the entries; of equal paths one is kept, and `count` and `bytes` are what is left.
 * Takes some 20 bytes an entry while it runs. False when memory ran out. */
bool manifest_sort(struct manifest *manifest, struct error *error);

#endif
