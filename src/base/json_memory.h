/*
 * json_memory: did jansson run out of memory?
 *
 * It does not tell: a text that it could not read for want of memory looks broken, and an object to
 * which a value could not be added looks whole. So its requests are watched.
 * Knows: libc, jansson.
 */
#ifndef PIXSCALE_BASE_JSON_MEMORY_H
#define PIXSCALE_BASE_JSON_MEMORY_H

#include <stdbool.h>

/* Begins to watch; what failed before is forgotten. */
void json_memory_watch(void);

/* Whether a request has failed since. */
bool json_memory_failed(void);

#endif
