#include "cli/input_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/text.h"

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

void input_list_tell(const struct manifest *manifest, FILE *stream)
{
    const struct manifest_entry *first = NULL;
    uint64_t count = 0;
    char number[TEXT_SIZE];
    for (size_t i = 0; i < manifest->count; i++)
        if (manifest->entries[i].error) {
            first = first ? first : &manifest->entries[i];
            count++;
        }
    if (count)
        escape_line(stream, "pixscale: %s of the inputs cannot be read, and will fail: %s: %s%s",
                    text_count(number, count), first->path, strerror(first->error),
                    count > 1 ? ", and others" : "");
}
