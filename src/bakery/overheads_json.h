/*
 * overheads_json: what overheads measured, for machines, and back.
 * Knows: bakery/overheads.h, jansson.
 */
#ifndef PIXSCALE_BAKERY_OVERHEADS_JSON_H
#define PIXSCALE_BAKERY_OVERHEADS_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "bakery/overheads.h"

#define OVERHEADS_JSON_SCHEMA "pixscale.overheads/1"

/* The caller has the reference. NULL when memory ran out. */
json_t *overheads_json_new(const struct overheads *overheads);

/* Reads what was written to a file. False (usage) when it is something else. */
bool overheads_json_load(struct overheads *overheads, const char *path, struct error *error);

#endif
