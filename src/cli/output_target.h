/*
 * output_target: whether a file that a command is to write may take the name it was given.
 * Knows: base, image.
 */
#ifndef PIXSCALE_CLI_OUTPUT_TARGET_H
#define PIXSCALE_CLI_OUTPUT_TARGET_H

#include <stdbool.h>

#include "base/error.h"

/* Refuses to replace a file unless `force`d, a picture always, and to write where no regular file
 * can be. `what` names the output in the error: "index". */
bool output_target_check(const char *path, const char *what, bool force, struct error *error);

/* Whether two names, neither of which need exist, are of one file: the same name in the same
 * folder. */
bool output_target_same(const char *a, const char *b);

#endif
