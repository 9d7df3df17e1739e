#include "cli/input_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool input_list_read(const char *name, bool zero, const struct manifest_options *options,
                     struct manifest *manifest, struct error *error)
{
    bool standard = strcmp(name, "-") == 0;
    FILE *stream = standard ? stdin : fopen(name, "re");
    if (!stream)
        return error_set(error, error_kind_of(errno), "%s: cannot open the list: %s", name,
                         strerror(errno));
    bool ok = manifest_read_list(manifest, stream, zero, options, error);
    if (!standard)
        fclose(stream);
    return ok;
}
