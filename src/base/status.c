#include "base/status.h"

static const char *const names[STATUS_COUNT] = {
    [STATUS_OK] = "ok",
    [STATUS_PARTIAL] = "partial",
    [STATUS_EMPTY] = "empty",
    [STATUS_FORMAT] = "format",
    [STATUS_UNSUPPORTED] = "unsupported",
    [STATUS_TRUNCATED] = "truncated",
    [STATUS_CORRUPT] = "corrupt",
    [STATUS_TOO_LARGE] = "too-large",
    [STATUS_TOO_COMPLEX] = "too-complex",
    [STATUS_NOT_A_FILE] = "not-a-file",
    [STATUS_PERMISSION] = "permission",
    [STATUS_IO] = "io",
    [STATUS_CHANGED] = "changed",
    [STATUS_MEMORY] = "memory",
};

const char *status_name(enum status status)
{
    return (unsigned)status < STATUS_COUNT ? names[status] : "?";
}

bool status_has_pixels(enum status status)
{
    return status == STATUS_OK || status == STATUS_PARTIAL;
}
