/*
 * gnuplot: runs the program gnuplot on a script, if it is installed.
 *
 * Scripts come from memory, what gnuplot prints goes back there. Its start-up files are not read,
 * so that a figure looks the same for everybody. Knows: base.
 */
#ifndef PIXSCALE_REPORT_GNUPLOT_H
#define PIXSCALE_REPORT_GNUPLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Runs the script in `folder` (NULL: here). *found is false, and true returned, when there is no
 * gnuplot on the PATH. *printed (unless `printed` is NULL) is what it wrote to its standard output,
 * NUL-terminated, freed by the caller, NULL without gnuplot. Errors (output): gnuplot failed;
 * `what` begins the text then. */
bool gnuplot_run(const char *script, const char *folder, const char *what, char **printed,
                 bool *found, struct error *error);

#endif
