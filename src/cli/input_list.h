/*
 * input_list: the list of inputs that --files-from names.
 * Knows: base, dataset.
 */
#ifndef PIXSCALE_CLI_INPUT_LIST_H
#define PIXSCALE_CLI_INPUT_LIST_H

#include <stdbool.h>

#include "base/error.h"
#include "dataset/manifest.h"

/* Reads the list from the file `name`, or from standard input for "-", as manifest_read_list does.
 */
bool input_list_read(const char *name, bool zero, const struct manifest_options *options,
                     struct manifest *manifest, struct error *error);

#endif
