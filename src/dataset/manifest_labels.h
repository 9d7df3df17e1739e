/*
 * manifest_labels: numbers the names of the folders that hold the files.
 *
 * Private to the manifest's files. Knows: dataset/manifest_store.h.
 */
#ifndef PIXSCALE_DATASET_MANIFEST_LABELS_H
#define PIXSCALE_DATASET_MANIFEST_LABELS_H

#include <stdbool.h>

#include "base/error.h"
#include "dataset/manifest.h"

/* Fills every entry's label, label_count, and the store's names. False when memory ran out. */
bool manifest_labels_assign(struct manifest *manifest, struct error *error);

#endif
