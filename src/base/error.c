#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

#define GAP  "..."
#define HALF ((sizeof((struct error *)0)->text - sizeof GAP) / 2)

/* Escapes into error->text. What is too long loses its middle, which is a path's: what was
 * attempted stands before it, and the reason behind. */
static void fill(struct error *error, const char *line)
{
    char unit[ESCAPE_MAX];
    size_t rest = escape_text(line, error->text, sizeof error->text);
    if (rest < sizeof error->text)
        return;
    escape_text(line, error->text, HALF + 1);
    strcat(error->text, GAP);
    while (rest > HALF)
        rest -= escape_next(&line, unit);
    escape_text(line, error->text + strlen(error->text), HALF + 1);
}

bool error_set(struct error *error, enum error_kind kind, const char *format, ...)
{
    if (!error)
        return false;
    char cut[sizeof error->text], *whole;
    int saved = errno;
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    bool ok = vasprintf(&whole, format, args) >= 0;
    if (!ok)
        vsnprintf(cut, sizeof cut, format, again); /* without memory its end is lost */
    va_end(again);
    va_end(args);
    error->kind = kind;
    fill(error, ok ? whole : cut);
    if (ok)
        free(whole);
    errno = saved;
    return false;
}

enum error_kind error_kind_of(int error_number)
{
    switch (error_number) {
    case EACCES:
    case EINVAL:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case ENODEV:
    case ENOENT:
    case ENOTDIR:
    case ENXIO:
    case EPERM:
        return ERROR_USAGE;
    default:
        return ERROR_OUTPUT;
    }
}
