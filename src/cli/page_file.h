/*
 * page_file: writes a page to its file.
 * Knows: base.
 */
#ifndef PIXSCALE_CLI_PAGE_FILE_H
#define PIXSCALE_CLI_PAGE_FILE_H

#include <stdbool.h>

#include "base/error.h"

/* Beside its place first, so that whoever reads the page never sees half of it. The error begins
 * with the name of the command. */
bool page_file_write(const char *command, const char *path, const char *html, struct error *error);

#endif
