/*
 * bakery_overheads: the command `bakery overheads`.
 * Knows: bakery/overheads.h.
 */
#ifndef PIXSCALE_CLI_BAKERY_OVERHEADS_H
#define PIXSCALE_CLI_BAKERY_OVERHEADS_H

#include "cli/options.h"

extern const struct command bakery_overheads;

#endif
