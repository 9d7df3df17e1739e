/*
 * page_file: writes a page to its file.
 * Knows: base.
 */
#ifndef PIXSCALE_CLI_PAGE_FILE_H
#define PIXSCALE_CLI_PAGE_FILE_H

#include <stdbool.h>

#include "base/error.h"

/* Whether a page could be written there, as far as one can tell without doing it: for whoever works
 * long for it. */
bool page_file_check(const char *command, const char *path, struct error *error);

/* Beside its place first, so that whoever reads the page never sees half of it. The error begins
 * with the name of the command. */
bool page_file_write(const char *command, const char *path, const char *html, struct error *error);

#endif
