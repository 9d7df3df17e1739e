/*
 * manifest_walk: from folders to entries.
 *
 * Private to the manifest's files. Knows: base, dataset/manifest_store.h.
 */
#ifndef PIXSCALE_DATASET_MANIFEST_WALK_H
#define PIXSCALE_DATASET_MANIFEST_WALK_H

#include <stdbool.h>

#include "base/error.h"
#include "dataset/manifest.h"
#include "dataset/manifest_names.h"

/* Walks the folders, then those that `links` names and those that links met on the way lead to, and
 * appends all that is found to the manifest, in no particular order. Paths have no final slash ("/"
 * is ""), belong to the manifest's store, and both lists are used up. */
bool manifest_walk(struct manifest *manifest, struct manifest_names *folders,
                   struct manifest_names *links, const struct manifest_options *options,
                   struct error *error);

#endif
