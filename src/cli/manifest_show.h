/*
 * manifest_show: what a frozen list holds, and how it would be cut into shards.
 * Knows: base, dataset, jansson.
 */
#ifndef PIXSCALE_CLI_MANIFEST_SHOW_H
#define PIXSCALE_CLI_MANIFEST_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "dataset/manifest_file.h"

/* Each prints to standard output. Of a list in memory, or frozen, as it is called `name`; `seconds`
 * that freezing it took, negative for one that was there. As one line, or as JSON
 * (pixscale.manifest/1). */
bool manifest_show_totals(const char *name, const struct manifest_file_totals *totals,
                          double seconds, bool json, struct error *error);

/* Its rows as CSV: row,bytes,mtime_ns,kind,cost,path, the path as the index has it. Reads block by
 * block, so that the memory needed does not grow with the list. */
bool manifest_show_rows(struct manifest_file *file, struct error *error);

/* The shards that `count` of them would be: a table, or JSON. One pass over the list. */
bool manifest_show_shards(const char *name, struct manifest_file *file, uint64_t count, bool json,
                          struct error *error);

#endif
