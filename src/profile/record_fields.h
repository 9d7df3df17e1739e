/*
 * record_fields: which member of the JSON object each plain field of a record is, for whoever
 * writes or reads one. Phases, threads and items are lists and have code of their own.
 * Knows: profile/record.h.
 */
#ifndef PIXSCALE_PROFILE_RECORD_FIELDS_H
#define PIXSCALE_PROFILE_RECORD_FIELDS_H

#include <stddef.h>

#include "profile/record.h"

enum record_type {
    RECORD_TEXT,  /* char *, NULL when absent */
    RECORD_COUNT, /* int64_t, at most RECORD_MOST_COUNT */
    RECORD_CPUS,  /* int64_t, at most RECORD_MOST_CPUS */
    RECORD_NS,    /* int64_t, at most RECORD_MOST_NS */
    RECORD_REAL,  /* double, at most RECORD_MOST_NS */
    RECORD_FLAG,  /* bool, false when absent */
};

struct record_field {
    const char *object; /* "host", or NULL for a member of the record itself */
    const char *name;
    enum record_type type;
    size_t offset;            /* in struct record */
    bool needed;              /* and then at least 1 */
    const char *const *texts; /* the only ones allowed, NULL-terminated, or NULL */
};

/* Ends with a NULL name; the members of an object stand together. */
extern const struct record_field record_fields[];

#endif
