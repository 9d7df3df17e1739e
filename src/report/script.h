/*
 * script: what all gnuplot scripts of the program have in common. Inside the room.
 *
 * A script is a head (form, colours, title), data, and a template with the templates that it loads.
 * Knows: report/figures.h (forms, palette), report/writer.h, the embedded templates.
 */
#ifndef PIXSCALE_REPORT_SCRIPT_H
#define PIXSCALE_REPORT_SCRIPT_H

#include <stdbool.h>

#include "base/error.h"
#include "report/figures.h"
#include "report/writer.h"

#define SCRIPT_TITLE_LIMIT 90 /* characters of the widest figure's head */

/* The head: what it is, the form, colours, `output` from `name` and `text_title`. `title` and
 * `about` are texts of our own. */
void script_head(struct writer *writer, const struct figures_form *form, const char *title,
                 const char *about, const char *name);

/* text_caption1 … and `captions`: the caption in lines that fit below the figure. */
void script_caption(struct writer *writer, const char *caption);

/* The template of that name ("speedup.gp") with those it loads in their places. */
void script_template(struct writer *writer, const char *name);

/* Writes FOLDER/NAME.gp and has gnuplot draw it there. *drawn says whether gnuplot was found. A
 * NULL script is one that memory was lacking for. */
bool script_draw(const char *script, const char *folder, const char *name, bool *drawn,
                 struct error *error);

/* What the script prints, which the caller frees; NULL, and *drawn false, without gnuplot. */
bool script_render(const char *script, const char *what, const struct figures_form *form,
                   char **printed, bool *drawn, struct error *error);

#endif
