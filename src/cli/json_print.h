/*
 * json_print: a result for machines on standard output, whole or not at all told as one.
 *
 * Knows: base, jansson.
 */
#ifndef PIXSCALE_CLI_JSON_PRINT_H
#define PIXSCALE_CLI_JSON_PRINT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

/* Prints the object and a line end to standard output, and drops it. It was made since
 * json_memory_watch; NULL, or one made while memory ran out, is an error (output) that begins with
 * `what`. A write that fails is found when main closes standard output. */
bool json_print(json_t *json, size_t flags, const char *what, struct error *error);

#endif
