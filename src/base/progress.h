/*
 * progress: one line that is rewritten on a terminal, or a plain line every few seconds elsewhere.
 *
 * Used by one thread. It goes to stderr, never more than six times a second, and not before a run
 * has lasted long enough for a person to wonder. Knows: base/clock.h.
 */
#ifndef PIXSCALE_BASE_PROGRESS_H
#define PIXSCALE_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum progress_when {
    PROGRESS_AUTO, /* on a terminal only */
    PROGRESS_ON,   /* plain lines where there is no terminal */
    PROGRESS_OFF,
};

struct progress {
    FILE *stream;
    bool active, terminal, shown;
    int64_t started_ns, due_ns;
};

void progress_start(struct progress *progress, enum progress_when when, FILE *stream);

/* True when the next line may be written. Costs a clock reading; nothing when inactive. */
bool progress_due(const struct progress *progress);

/* Writes a line without its newline; what a narrow terminal cannot show is cut. */
void progress_show(struct progress *progress, const char *line);

/* Clears the line, so that what follows stands at its start. */
void progress_end(struct progress *progress);

/* Seconds since progress_start. */
double progress_seconds(const struct progress *progress);

/* The common form of a line: a bar, done of total, and `details`. `fraction` in 0…1 is what the bar
 * shows; the remaining time is judged by it. */
void progress_bar(struct progress *progress, double fraction, uint64_t done, uint64_t total,
                  const char *details);

#endif
