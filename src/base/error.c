#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* C0, DEL, and in UTF-8 C1 (U+0080 to U+009F), by which a terminal can be steered as by ESC. */
static void show_controls(char *text)
{
    char *out = text;
    for (const char *c = text; *c; c++) {
        bool c1 = c[0] == '\xc2' && (unsigned char)c[1] >= 0x80 && (unsigned char)c[1] < 0xa0;
        *out++ = (unsigned char)*c < 0x20 || *c == 0x7f || c1 ? '?' : *c;
        c += c1;
    }
    *out = '\0';
}

bool error_set(struct error *error, enum error_kind kind, const char *format, ...)
{
    if (!error)
        return false;
    error->kind = kind;
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    show_controls(error->text);
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
