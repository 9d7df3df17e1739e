/*
 * figures: gnuplot figures of an analysis, each one self-contained script with its data inside.
 *
 * Templates live in plots/ as *.gp and are embedded into the program at build time.
 * Knows: base, profile, model, report/analysis.h.
 */
#ifndef PIXSCALE_REPORT_FIGURES_H
#define PIXSCALE_REPORT_FIGURES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "report/analysis.h"

enum figures_kind {
    FIGURES_SPEEDUP,
    FIGURES_EFFICIENCY,
    FIGURES_KARP_FLATT,
    FIGURES_LEDGER,
    FIGURES_STAGES,
    FIGURES_TIMELINE,
    FIGURES_RESIDUALS,
    FIGURES_COUNT
};

/* "speedup", "efficiency", … */
const char *figures_name(enum figures_kind kind);

/* Whether the analysis has what the figure shows (a timeline needs --items, for instance). */
bool figures_possible(const struct analysis *analysis, enum figures_kind kind);

/* The self-contained gnuplot script as text that the caller frees; it writes NAME.svg and NAME.png
 * into the current folder, or draws in the terminal when `terminal` columns are given (0: files).
 * `dark`: colours for a dark page, transparent ground. NULL without memory. */
char *figures_script(const struct analysis *analysis, enum figures_kind kind, const char *name,
                     int terminal, bool dark);

/* Writes FOLDER/NAME.gp and, where gnuplot is found, NAME.svg and NAME.png beside it. *drawn says
 * whether gnuplot was there; a missing one is no error. */
bool figures_draw(const struct analysis *analysis, enum figures_kind kind, const char *folder,
                  const char *name, bool *drawn, struct error *error);

#endif
