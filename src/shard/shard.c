#include "shard/shard.h"

#include <ctype.h>
#include <stdlib.h>

/* A whole number up to SHARD_MOST at *text, which moves behind it; 0 where there is none. */
static uint32_t read_number(const char **text)
{
    if (!isdigit((unsigned char)**text)) /* strtoul would take blanks and signs */
        return 0;
    char *end;
    unsigned long value = strtoul(*text, &end, 10);
    *text = end;
    return value <= SHARD_MOST ? (uint32_t)value : 0;
}

bool shard_parse(const char *text, struct shard *shard)
{
    uint32_t index = read_number(&text);
    if (*text++ != '/')
        return false;
    uint32_t count = read_number(&text);
    if (*text || index < 1 || index > count)
        return false;
    *shard = (struct shard){index, count};
    return true;
}
