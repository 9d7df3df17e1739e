/*
 * drawing: what commands that draw figures have in common: folder, terminal, missing gnuplot.
 * Knows: report/figures.h.
 */
#ifndef PIXSCALE_CLI_DRAWING_H
#define PIXSCALE_CLI_DRAWING_H

#include <stdbool.h>

#include "base/error.h"
#include "report/figures.h"

/* Makes a folder with those above it. The error's text begins with the command. */
bool drawing_folder(const char *command, const char *folder, struct error *error);

/* The form of figures for standard output's terminal. */
struct figures_form drawing_terminal(void);

/* Says on standard error that gnuplot is missing, and how to draw what was written to `folder`;
 * NULL: to the terminal. */
void drawing_missing(const char *command, const char *folder);

/* Prints a caption, line by line, and an empty line. NULL is empty. */
void drawing_caption(const char *caption);

#endif
