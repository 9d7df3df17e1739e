/*
 * manifest_names: a growing list of paths or names.
 *
 * Private to the manifest's files. Knows: base.
 */
#ifndef PIXSCALE_DATASET_MANIFEST_NAMES_H
#define PIXSCALE_DATASET_MANIFEST_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* All zeros is the empty list. */
struct manifest_names {
    const char **text; /* the texts belong to somebody else */
    size_t count, capacity;
};

/* Appends a text. False when memory ran out. */
bool manifest_names_push(struct manifest_names *names, const char *text, struct error *error);

/* Sorts the names from number `begin` on, the last in byte order first: lists are popped from their
 * end. */
void manifest_names_sort(struct manifest_names *names, size_t begin);

void manifest_names_free(struct manifest_names *names);

#endif
