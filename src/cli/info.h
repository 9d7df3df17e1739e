/*
 * info: what `pixscale info` shows, gathered once and written as text or as JSON.
 * Knows: profile, the versions of all libraries.
 */
#ifndef PIXSCALE_CLI_INFO_H
#define PIXSCALE_CLI_INFO_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "profile/clock_check.h"
#include "profile/machine.h"
#include "profile/machine_omp.h"

#define INFO_LIBRARIES 8
#define INFO_NOTES     10

struct info_library {
    const char *name;
    char compiled[32]; /* version of the headers, "" unknown */
    char linked[48];   /* what the library says of itself at run time, "" when it does not */
    char file[64];     /* name of the file that was loaded, "" when linked in or not found */
};

struct info {
    struct machine machine;
    char sentence[256]; /* how many CPUs may be used and why */
    struct machine_omp omp;
    struct clock_check clock;
    struct info_library libraries[INFO_LIBRARIES];
    const char *compiler;
    char notes[INFO_NOTES][200]; /* plain sentences on what to know before trusting a curve */
    int note_count;
};

/* Gathers everything, in some 20 ms. */
void info_read(struct info *info);

/* Fills the table of libraries. */
void info_libraries_read(struct info_library libraries[INFO_LIBRARIES]);

/* `pixscale.info/1`; the caller has the reference. NULL when memory ran out. */
json_t *info_json_new(const struct info *info);

/* Writes sections for people to stdout. */
void info_text_print(const struct info *info);

#endif
