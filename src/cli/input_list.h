/*
 * input_list: the list of inputs that --files-from names, and what could not be seen of a list.
 * Knows: base, dataset.
 */
#ifndef PIXSCALE_CLI_INPUT_LIST_H
#define PIXSCALE_CLI_INPUT_LIST_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "dataset/manifest.h"

/* Reads the list from the file `name`, or from standard input for "-", as manifest_read_list does.
 */
bool input_list_read(const char *name, bool zero, const struct manifest_options *options,
                     struct manifest *manifest, struct error *error);

/* Says in one line, where the scan could not look at some, how many, and why it was with the first:
 * a frozen list keeps them as they are, so that they fail in every run that uses it. */
void input_list_tell(const struct manifest *manifest, FILE *stream);

#endif
