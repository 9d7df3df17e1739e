/*
 * manifest_stat: asks the file system about many names at once.
 *
 * Where files lie on a server each answer takes a journey there and back, so that a list of 35,000
 * asked one by one would be seconds of waiting before any picture is touched; a team asks as many
 * at a time as it has threads. Private to the manifest's files. Knows: base, OpenMP.
 */
#ifndef PIXSCALE_DATASET_MANIFEST_STAT_H
#define PIXSCALE_DATASET_MANIFEST_STAT_H

#include <stdbool.h>
#include <stddef.h>

#include "dataset/manifest.h"

/* Kinds of an entry while the list is being made, beside those of enum manifest_kind. */
#define MANIFEST_STAT_WAITS   0x100 /* appended, not yet asked about */
#define MANIFEST_STAT_EXCLUDE 0x101 /* one that manifest_options excludes */

/* Fills in the entries from `first` on that wait, and counts their bytes. With a `folder` (its
 * descriptor) they are looked up in it by what follows the last slash of their paths; -1: by their
 * paths. An excluded file is marked so, and is left for the caller to deal with. */
void manifest_stat_fill(struct manifest *manifest, size_t first, int folder,
                        const struct manifest_options *options);

#endif
