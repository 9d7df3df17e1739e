/*
 * bakery_animation: toasters and slices on a terminal while they are made.
 *
 * Drawn by the thread that is the first toaster, from within its own waits, so that nobody else is
 * disturbed; at most ten times a second, and gone at the end.
 * Knows: bakery/toast.h, base/progress.h.
 */
#ifndef PIXSCALE_CLI_BAKERY_ANIMATION_H
#define PIXSCALE_CLI_BAKERY_ANIMATION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/progress.h"
#include "bakery/toast.h"

struct bakery_animation {
    FILE *stream; /* NULL: none is drawn */
    int lines;    /* on the screen now, above the cursor */
    int most_toasters;
    int64_t minute_ns;
};

/* Decides whether there is something to draw on: auto wants standard output and the stream to be
 * terminals, wide enough. */
void bakery_animation_start(struct bakery_animation *animation, enum progress_when when,
                            FILE *stream, int64_t minute_ns);

/* A toast_watch_fn; `user` is the animation. */
void bakery_animation_draw(void *user, const struct toast_run *run, int64_t now_ns);

/* Clears what was drawn. */
void bakery_animation_clear(struct bakery_animation *animation);

#endif
