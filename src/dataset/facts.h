/*
 * facts: lines "name=value\n", by which two runs are known to be of one kind.
 * Knows: libc.
 */
#ifndef PIXSCALE_DATASET_FACTS_H
#define PIXSCALE_DATASET_FACTS_H

#include <stddef.h>

/* The value of the line with this name, not terminated but *length bytes; NULL where there is none.
 */
const char *facts_find(const char *text, const char *name, size_t name_length, size_t *length);

/* Writes "NAME was A and is B" for each line of `now` that is not the same in `before`, with commas
 * between them; as much as fits. Where there is none, the first line that `now` lacks; "" when none
 * is missing either. */
void facts_differences(const char *before, const char *now, char *text, size_t size);

#endif
