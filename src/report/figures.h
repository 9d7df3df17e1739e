/*
 * figures: gnuplot figures of an analysis, each one self-contained script with its data inside.
 *
 * A script is what C writes (texts, numbers, data blocks) followed by a template that draws it. The
 * templates live in plots/templates and are embedded into the program at build time. Several groups
 * are laid over each other, up to FIGURES_GROUPS of them. Texts of records are data in every
 * script: gnuplot sees them in single quotes only, and draws them without markup. Knows: base,
 * profile, model, report/analysis.h.
 */
#ifndef PIXSCALE_REPORT_FIGURES_H
#define PIXSCALE_REPORT_FIGURES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "report/analysis.h"

#define FIGURES_GROUPS 6 /* as many as the palette has colours that can be told apart */

enum figures_kind {
    FIGURES_SPEEDUP,
    FIGURES_EFFICIENCY,
    FIGURES_KARP_FLATT,
    FIGURES_LEDGER,
    FIGURES_STAGES,
    FIGURES_TIMELINE,
    FIGURES_RESIDUALS,
    FIGURES_RANKS_SPEEDUP, /* these three of groups over ranks, all others of those over threads */
    FIGURES_RANKS_TIME,
    FIGURES_RANKS_LOAD,
    FIGURES_COUNT
};

enum figures_target {
    FIGURES_FILES,    /* NAME.svg and NAME.png in the current folder, with title and caption */
    FIGURES_TERMINAL, /* characters on standard output; title and caption are the caller's */
    FIGURES_PAGE,     /* SVG on standard output, wide, without title and caption */
    FIGURES_PHONE,    /* the same, narrow */
};

struct figures_form {
    enum figures_target target;
    int columns, rows; /* of the terminal */
    bool dark;         /* FIGURES_FILES: for a dark ground */
};

/* "speedup", "efficiency", … */
const char *figures_name(enum figures_kind kind);

/* "Speed-up", … as headings have it, and what it shows in one sentence. */
const char *figures_title(enum figures_kind kind);
const char *figures_about(enum figures_kind kind);

/* The axis of the groups that it shows. */
enum analysis_axis figures_axis(enum figures_kind kind);

/* Whether the analysis has what the figure shows (a timeline needs --items, for instance). */
bool figures_possible(const struct analysis *analysis, enum figures_kind kind);

/* What records must hold for it, such as "records made with --items". */
const char *figures_needs(enum figures_kind kind);

/* What must stand below the figure: base, runs, how intervals were made, what was left out; one
 * sentence or two a line. Holds text of records as it is. The caller frees it; NULL without memory.
 */
char *figures_caption(const struct analysis *analysis, enum figures_kind kind);

/* The self-contained gnuplot script, which the caller frees. It draws as `form` says; `name` is
 * that of the files, without suffix. NULL without memory. */
char *figures_script(const struct analysis *analysis, enum figures_kind kind, const char *name,
                     const struct figures_form *form);

/* Writes FOLDER/NAME.gp and, where gnuplot is found, NAME.svg and NAME.png beside it. *drawn says
 * whether gnuplot was there; a missing one is no error. */
bool figures_draw(const struct analysis *analysis, enum figures_kind kind, const char *folder,
                  const char *name, bool dark, bool *drawn, struct error *error);

/* What the script prints for FIGURES_TERMINAL, _PAGE or _PHONE, which the caller frees. NULL, and
 * *drawn false, where there is no gnuplot. False on errors only. */
bool figures_render(const struct analysis *analysis, enum figures_kind kind,
                    const struct figures_form *form, char **printed, bool *drawn,
                    struct error *error);

/* A colour of the palette, as scripts and pages share it. */
struct figures_colour {
    const char *name; /* "ink", "blue", …: a variable in scripts and a custom property in pages */
    const char *light; /* "#rrggbb" on a light ground */
    const char *dark;
};

/* Okabe and Ito's palette, which people with every kind of colour vision tell apart (Color
 * Universal Design, 2008), with the greys of text and grid. Ends with a NULL name. */
extern const struct figures_colour figures_palette[];

#endif
