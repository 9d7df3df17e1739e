/*
 * bakery_shard: which part of the slices this process makes, and what its record says of it.
 * Knows: shard/launch.h, profile/record.h, cli/options.h.
 */
#ifndef PIXSCALE_CLI_BAKERY_SHARD_H
#define PIXSCALE_CLI_BAKERY_SHARD_H

#include <stdbool.h>

#include "cli/options.h"
#include "profile/record.h"
#include "shard/launch.h"

enum bakery_shard_how { BAKERY_SHARD_AUTO, BAKERY_SHARD_NONE, BAKERY_SHARD_GIVEN };

struct bakery_shard {
    enum bakery_shard_how how;
    struct shard shard; /* count 0: all slices are this process's */
    const char *set;    /* --set, or NULL */
    struct launch launch;
};

/* struct bakery_shard: "K/N", "auto" or "none". */
bool bakery_shard_parse(const struct option_spec *spec, const char *text, void *target,
                        struct error *error);

/* Asks the environment. False (usage): the launcher's variables do not fit together, --set without
 * a shard, or records are wanted that nobody could find together. */
bool bakery_shard_find(struct bakery_shard *shard, bool records, struct error *error);

/* Tells the record set, shard and launcher. False without memory. */
bool bakery_shard_record(const struct bakery_shard *shard, struct record *record);

#endif
