#include "cli/bakery_shard.h"

#include <stdlib.h>
#include <string.h>

#include "cli/launch_record.h"
#include "profile/record_fill.h"

bool bakery_shard_parse(const struct option_spec *spec, const char *text, void *target,
                        struct error *error)
{
    struct bakery_shard *shard = target;
    shard->how = BAKERY_SHARD_GIVEN;
    if (strcmp(text, "auto") == 0)
        shard->how = BAKERY_SHARD_AUTO;
    else if (strcmp(text, "none") == 0)
        shard->how = BAKERY_SHARD_NONE;
    else if (!shard_parse(text, &shard->shard))
        return error_set(error, ERROR_USAGE,
                         "--%s: '%s' is not K/N with K from 1 to N, such as 2/4; nor auto or none",
                         spec->name, text);
    return true;
}

bool bakery_shard_find(struct bakery_shard *shard, bool records, struct error *error)
{
    struct error unread;
    bool read = launch_read(&shard->launch, getenv, &unread);
    if (!read)
        shard->launch = (struct launch){.tasks = 1, .size = 1};
    if (!read && shard->how == BAKERY_SHARD_AUTO) {
        *error = unread;
        return false;
    }
    if (shard->how == BAKERY_SHARD_AUTO)
        shard->shard = launch_shard(&shard->launch);
    else if (shard->how == BAKERY_SHARD_NONE)
        shard->shard = (struct shard){0, 0};
    if (shard->set && shard->shard.count == 0)
        return error_set(error, ERROR_USAGE,
                         "bakery toast: --set names the parts of a whole; say which part this is "
                         "with --shard K/N");
    if (records && shard->shard.count > 0 && !shard->set && !*shard->launch.job)
        return error_set(error, ERROR_USAGE,
                         "bakery toast: --shard and --profile need --set NAME, equal for all "
                         "parts, so that their records are found together");
    return true;
}

bool bakery_shard_record(const struct bakery_shard *shard, struct record *record)
{
    if (shard->shard.count > 0) {
        record->shard = shard->shard.index;
        record->shards = shard->shard.count;
        record->set = record_fill_text(shard->set ? shard->set : shard->launch.job);
    }
    return launch_record_fill(record, &shard->launch) && (shard->shard.count == 0 || record->set);
}
