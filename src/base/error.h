/*
 * error: why a whole command cannot go on, in one line for a person.
 *
 * Functions that can fail as a whole return bool and fill a caller's struct error; what happens to
 * one picture is a `enum status` instead. The text names what was attempted, on which file, the
 * reason, and where there is one, what to do. It has no program name and no newline.
 * Knows: libc.
 */
#ifndef PIXSCALE_BASE_ERROR_H
#define PIXSCALE_BASE_ERROR_H

#include <stdbool.h>

enum error_kind {
    ERROR_NONE,
    ERROR_USAGE,  /* the command line or its inputs cannot be used: exit status 2 */
    ERROR_OUTPUT, /* output or I/O failed, or resources ran out: exit status 3 */
};

struct error {
    enum error_kind kind;
    char text[1024];
};

/* Fills *error (which may be NULL) and returns false, so that callers can `return error_set(...)`.
 * The text, which may hold a path, is escaped as base/escape.h has it; a longer one than fits loses
 * its middle. */
bool error_set(struct error *error, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Of an input that cannot be opened or read: a name that leads nowhere, or may not be used, is the
 * command line's mistake; a failing disk or a want of memory or descriptors is not. */
enum error_kind error_kind_of(int error_number);

#endif
